using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Rollouts.Data;

/// <summary>JSON Lines, plain or compressed. Blank lines are not rows.</summary>
internal static class JsonLinesReader
{
    /// <summary>Bytes that one line may have: a longer one ends the run, for it is no prompt.</summary>
    private const int MaxLineBytes = 64 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static async IAsyncEnumerable<SourceRecord> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = Open(path);
        var lines = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 1 << 16));
        var number = 0L;
        while (true)
        {
            var read = await ReadOrExplainAsync(lines, path, number, cancellationToken);
            var buffer = read.Buffer;
            while (TakeLine(ref buffer, read.IsCompleted, out var line))
            {
                number++;
                if (Parse(line, $"{path}:{number}") is { } record) yield return record;
            }

            if (buffer.Length > MaxLineBytes) throw new DataFormatException($"{path}:{number + 1}: the line is longer than {MaxLineBytes >> 20} MiB; one prompt a line is expected");
            lines.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) yield break;
        }
    }

    private static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, useAsync: false);
        return Path.GetExtension(path) switch
        {
            ".gz" => new GZipStream(file, CompressionMode.Decompress),
            ".zst" => new ZstdSharp.DecompressionStream(file, leaveOpen: false),
            _ => file,
        };
    }

    private static async ValueTask<ReadResult> ReadOrExplainAsync(PipeReader lines, string path, long number, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdSharp.ZstdException or EndOfStreamException)
        {
            throw new DataFormatException($"{path}: broken compressed data after line {number}: {e.Message}", e);
        }
    }

    private static bool TakeLine(ref ReadOnlySequence<byte> buffer, bool last, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        line = buffer;
        if (!last || buffer.IsEmpty) return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static SourceRecord? Parse(ReadOnlySequence<byte> line, string location)
    {
        var bytes = line.ToArray().AsMemory();
        if (bytes.Length > 0 && bytes.Span[^1] == '\r') bytes = bytes[..^1];
        if (bytes.Span.Trim(" \t\r"u8).IsEmpty) return null;
        var hash = RowHash.Of(bytes.Span);
        try
        {
            StrictUtf8.GetCharCount(bytes.Span);
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new SourceRecord(location, hash, [.. document.RootElement.EnumerateObject().Select(p => new SourceField(p.Name, Value(p.Value)))])
                : new SourceRecord(location, hash, [], $"the line is a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}, not an object");
        }
        catch (DecoderFallbackException)
        {
            return new SourceRecord(location, hash, [], "the line is not valid UTF-8");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new SourceRecord(location, hash, [], $"the line is not JSON ({FirstSentence(e.Message)})");
        }
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number when value.TryGetInt64(out var integer) && !value.GetRawText().AsSpan().ContainsAny(".eE") => integer,
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        _ => new JsonText(value.GetRawText()),
    };

    private static string FirstSentence(string message) => message.Split(". ", 2)[0].TrimEnd('.');
}
