using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Rollouts.Models;

/// <summary>The files of a model folder.</summary>
public static class ModelFiles
{
    private const int Samples = 16;
    private const int SampleBytes = 64 << 10;

    /// <summary>What tells two models apart without reading them whole: config.json, and of each weight file its size, header and sixteen samples of 64 KiB.</summary>
    public static ImmutableSortedDictionary<string, string> Fingerprint(string folder)
    {
        var entries = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "config.json", "tokenizer.json" })
            if (File.Exists(Path.Combine(folder, name))) entries[name] = Short(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, name))));
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.safetensors") : []) entries[Path.GetFileName(path)] = OfWeights(path);
        return entries.ToImmutable();
    }

    /// <summary>The same of a text.</summary>
    internal static string FingerprintOf(string text) => Short(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string OfWeights(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[SampleBytes];
        Append(0, 8 + HeaderBytes());
        for (var i = 0; i < Samples; i++) Append(Math.Max(0, length - SampleBytes) * i / (Samples - 1), SampleBytes);
        return $"{length} bytes, {Short(hash.GetHashAndReset())}";

        long HeaderBytes() => RandomAccess.Read(file, buffer.AsSpan(0, 8), 0) == 8 ? Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(buffer), 0, 100_000_000) : 0;

        void Append(long from, long count)
        {
            for (var end = Math.Min(length, from + count); from < end;)
            {
                var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from)), from);
                if (read == 0) return;
                hash.AppendData(buffer, 0, read);
                from += read;
            }
        }
    }

    private static string Short(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 8));
}
