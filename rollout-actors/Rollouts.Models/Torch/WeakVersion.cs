using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rollouts.Models;

/// <summary>
/// TorchSharp's library asks for libstdc++ of GCC 13 because of one symbol, <c>_ZSt21ios_base_library_initv</c>, that only marks a link and is never called.
/// Debian 12 and Ubuntu 22.04 have an older libstdc++. In a copy of the file the demand is marked weak (VER_FLG_WEAK of its Elf64_Vernaux), and it loads and runs.
/// </summary>
internal static class WeakVersion
{
    public const string Symbol = "GLIBCXX_3.4.32";

    private const uint SectionVersionNeeds = 0x6FFFFFFE;
    private const ushort WeakFlag = 2;

    /// <summary>Makes the copy once, in the user's cache folder.</summary>
    public static string PatchedCopy(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var name = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        var folder = Path.Combine(CacheFolder(), "rollouts", "native", name);
        var copy = Path.Combine(folder, Path.GetFileName(file));
        if (File.Exists(copy)) return copy;
        MarkWeak(bytes, file);
        Directory.CreateDirectory(folder);
        var temporary = $"{copy}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    private static string CacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache")
        : Path.GetTempPath();

    /// <summary>Walks .gnu.version_r and sets the flag on the one version.</summary>
    private static void MarkWeak(Span<byte> elf, string file)
    {
        var headers = (int)BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        var headerSize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]);
        var headerCount = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        for (var i = 0; i < headerCount; i++)
        {
            var header = elf.Slice(headers + i * headerSize, headerSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != SectionVersionNeeds) continue;
            var section = (int)BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]);
            var strings = elf.Slice(headers + BinaryPrimitives.ReadInt32LittleEndian(header[0x28..]) * headerSize, headerSize);
            if (MarkInSection(elf, section, (int)BinaryPrimitives.ReadInt64LittleEndian(strings[0x18..]))) return;
        }

        throw new ModelFormatException($"{file}: no demand for {Symbol} found to make weak; install a newer libstdc++");
    }

    private static bool MarkInSection(Span<byte> elf, int need, int strings)
    {
        while (true)
        {
            var entry = need + BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 8)..]);
            for (var left = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]); left > 0; left--)
            {
                var name = elf[(strings + BinaryPrimitives.ReadInt32LittleEndian(elf[(entry + 8)..]))..];
                if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == Symbol)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(entry + 4)..], WeakFlag);
                    return true;
                }

                entry += BinaryPrimitives.ReadInt32LittleEndian(elf[(entry + 12)..]);
            }

            var next = BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0) return false;
            need += next;
        }
    }
}
