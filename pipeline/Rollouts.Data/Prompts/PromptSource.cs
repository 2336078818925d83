using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rollouts.Data;

/// <summary>The prompts of a job, streamed: one pass to fix the types, then one pass an epoch.</summary>
public sealed class PromptSource(PromptSourceOptions options)
{
    /// <summary>Rows that a shuffle draws from: memory is bounded, whatever the source's size.</summary>
    public const int ShuffleWindow = 10_000;

    /// <summary>Reads all rows once.</summary>
    /// <param name="knownRows">Rows that an earlier session had seen, whose hash is wanted too.</param>
    /// <exception cref="DataFormatException">A file is missing or broken.</exception>
    public async Task<PromptScan> ScanAsync(long? knownRows, CancellationToken cancellationToken)
    {
        var types = new SourceTypes();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0L;
        string? prefix = knownRows == 0 ? Hex(hash) : null;
        await foreach (var record in RecordsAsync(cancellationToken))
        {
            types.Observe(record);
            hash.AppendData(Encoding.ASCII.GetBytes(record.Hash));
            if (++count == knownRows) prefix = Hex(hash);
        }

        return new PromptScan(types.ToSchema(), count, Hex(hash), prefix);
    }

    /// <summary>All prompts of all epochs. A row that cannot be used is a prompt with a fault.</summary>
    public async IAsyncEnumerable<Prompt> ReadAsync(SourceSchema schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var prompts = ReadEpochAsync(schema, epoch, cancellationToken);
            if (options.ShuffleSeed is { } seed) prompts = Shuffle.WindowAsync(prompts, ShuffleWindow, ShuffleSeedOf(seed, epoch), cancellationToken);
            await foreach (var prompt in prompts) yield return prompt;
        }
    }

    private async IAsyncEnumerable<Prompt> ReadEpochAsync(SourceSchema schema, int epoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        var row = 0L;
        await foreach (var record in RecordsAsync(cancellationToken))
        {
            yield return ToPrompt(record, row++, schema, epoch, seen);
        }
    }

    private async IAsyncEnumerable<SourceRecord> RecordsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = options.Limit ?? long.MaxValue;
        foreach (var path in options.Paths)
        {
            if (left == 0) yield break;
            await foreach (var record in SourceReader.ReadAsync(path, cancellationToken))
            {
                yield return record;
                if (--left == 0) yield break;
            }
        }
    }

    private Prompt ToPrompt(SourceRecord record, long row, SourceSchema schema, int epoch, Dictionary<string, string> seen)
    {
        var own = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{row}-{record.Hash}");
        var (id, fault) = IdOf(record, own, seen);
        var (source, misfit) = SourceTypes.Bind(record, schema);
        fault ??= misfit;
        PromptContent? content = null;
        if (fault is null) (content, fault) = ContentOf(record);
        var group = new GroupId(Purpose.Train, epoch, new PromptId(id));
        return new Prompt(group, fault is null ? content : null, source, record.Location, fault is null ? null : $"{record.Location}: {fault}");
    }

    private (string Id, string? Fault) IdOf(SourceRecord record, string own, Dictionary<string, string> seen)
    {
        if (record.Fault is not null || options.IdColumn is null) return (own, record.Fault);
        var id = record[options.IdColumn] switch
        {
            string { Length: > 0 } text => text,
            long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => null,
        };
        if (id is null) return (own, $"the id column '{options.IdColumn}' holds no text and no integer");
        if (seen.TryGetValue(id, out var first)) return (own, $"the id '{id}' was already used at {first}");
        seen.Add(id, record.Location);
        return (id, null);
    }

    private (PromptContent?, string?) ContentOf(SourceRecord record)
    {
        var value = record[options.ContentColumn];
        return (options.Content, value) switch
        {
            (_, null) => (null, $"no column '{options.ContentColumn}'"),
            (PromptContentKind.Text, string { Length: > 0 } text) => (new PromptContent.Text(text, Tools(record)), null),
            (PromptContentKind.Text, string) => (null, $"column '{options.ContentColumn}' is empty"),
            (PromptContentKind.Text, _) => (null, $"column '{options.ContentColumn}' is not text"),
            (PromptContentKind.Messages, JsonText { Value: ['[', ..] } json) => (new PromptContent.Messages(json.Value, Tools(record)), null),
            (PromptContentKind.Messages, string json) when json.StartsWith('[') => (new PromptContent.Messages(json, Tools(record)), null),
            (PromptContentKind.Messages, _) => (null, $"column '{options.ContentColumn}' is no list of messages"),
            (_, JsonText json) when TokenIds(json.Value) is { } ids => (new PromptContent.TokenIds(ids), null),
            _ => (null, $"column '{options.ContentColumn}' is no list of token ids"),
        };
    }

    private string? Tools(SourceRecord record) => options.ToolsColumn is null ? null : record[options.ToolsColumn] switch
    {
        JsonText json => json.Value,
        string text => text,
        _ => null,
    };

    private static ImmutableArray<int>? TokenIds(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<int[]>(json) is { Length: > 0 } ids ? ImmutableArray.Create(ids) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Not HashCode: that differs from process to process, and a resumed run must draw the same order.
    private static int ShuffleSeedOf(long seed, int epoch) => unchecked((int)(seed ^ (seed >> 32)) * 31 + epoch);

    private static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}
