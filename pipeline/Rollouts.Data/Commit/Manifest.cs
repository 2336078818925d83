using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rollouts.Data;

/// <summary>What a manifest says when it is read: the header and the whole lines after it.</summary>
/// <param name="Header">The first line.</param>
/// <param name="Lines">The rest.</param>
/// <param name="Length">Bytes up to the end of the last whole line; what follows was cut off by a crash and never counted.</param>
public sealed record Manifest(ManifestHeader Header, ImmutableArray<ManifestLine> Lines, long Length)
{
    /// <summary>The session that wrote last.</summary>
    public int LastWriter => Lines.Length == 0 ? 0 : Lines.Max(l => l.Writer);

    /// <summary>All committed files.</summary>
    public IEnumerable<ManifestFile> Files => Lines.SelectMany(l => l.Files);

    /// <summary>All decided groups.</summary>
    public IEnumerable<ManifestGroup> Groups => Lines.SelectMany(l => l.Groups);

    /// <summary>The accounting of the last line.</summary>
    public RolloutAccounting Accounting => Lines.Length == 0 ? RolloutAccounting.Zero : Lines[^1].Accounting;

    /// <summary>Reads a folder's manifest; null where there is none, or not even a whole first line.</summary>
    /// <exception cref="DataFormatException">A line before the last is broken: that is no crash of ours.</exception>
    public static Manifest? Read(OutputFolder folder)
    {
        if (!File.Exists(folder.Manifest)) return null;
        var bytes = File.ReadAllBytes(folder.Manifest).AsSpan();
        ManifestHeader? header = null;
        var lines = ImmutableArray.CreateBuilder<ManifestLine>();
        var start = 0;
        for (var number = 1; bytes[start..].IndexOf((byte)'\n') is var length and >= 0; number++, start += length + 1)
        {
            var line = bytes.Slice(start, length);
            if (header is null) header = Parse(line, ManifestJson.Default.ManifestHeader, folder, number);
            else lines.Add(Parse(line, ManifestJson.Default.ManifestLine, folder, number));
        }

        return header is null ? null : new Manifest(header, lines.ToImmutable(), start);
    }

    /// <summary>A line as it is appended.</summary>
    public static byte[] Encode(ManifestHeader header) => WithNewline(JsonSerializer.SerializeToUtf8Bytes(header, ManifestJson.Default.ManifestHeader));

    /// <summary>A line as it is appended.</summary>
    public static byte[] Encode(ManifestLine line) => WithNewline(JsonSerializer.SerializeToUtf8Bytes(line, ManifestJson.Default.ManifestLine));

    private static byte[] WithNewline(byte[] json) => [.. json, (byte)'\n'];

    private static T Parse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type, OutputFolder folder, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new DataFormatException($"{folder.Manifest}:{number}: not a manifest line ({Encoding.UTF8.GetString(line[..Math.Min(40, line.Length)])}…); restore the file from a copy, or begin anew with --fresh", e);
        }
    }
}
