using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Rollouts.Data;

/// <summary>Reads committed rows back as rollouts.</summary>
public static class StoredRollouts
{
    /// <summary>The rows that are meant, in the manifest's order; files without any are not opened.</summary>
    /// <exception cref="DataFormatException">There is no manifest, or a file or row cannot be read.</exception>
    public static async IAsyncEnumerable<StoredRollout> ReadAsync(OutputFolder folder, RowSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ManifestFile[] files = [.. FolderReader.Require(folder).Files.Where(f => f.Path.StartsWith("data/", StringComparison.Ordinal))];
        var drawn = selection.Draw(files.Sum(f => (long)f.Rows));
        var row = 0L;
        foreach (var file in files)
        {
            var first = row;
            row += file.Rows;
            if (drawn?.GetViewBetween(first, row - 1).Count == 0) continue;
            var number = first;
            await foreach (var record in ParquetSourceReader.ReadAsync(Path.Combine(folder.Root, file.Path), cancellationToken))
            {
                if (drawn?.Contains(number++) == false) continue;
                var rollout = Read(record);
                if (selection.Has(rollout.Id)) yield return rollout;
            }
        }
    }

    private static StoredRollout Read(SourceRecord record)
    {
        try
        {
            var group = new GroupId(Text(record, "purpose") == "train" ? Purpose.Train : Purpose.Eval, (int)(long)record["epoch"]!, new PromptId(Text(record, "prompt_id")!));
            return new StoredRollout(
                new RolloutId(group, (int)(long)record["sample_index"]!), Text(record, "actor")!, (long)record["seed"]!, Ints(record, "prompt_token_ids"), ReadCompletion(record), Text(record, "kv_after_update"));
        }
        catch (Exception e) when (e is InvalidCastException or NullReferenceException or JsonException or FormatException)
        {
            throw new DataFormatException($"{record.Location}: not a row of a run: {e.Message}", e);
        }
    }

    private static Completion ReadCompletion(SourceRecord record)
    {
        var (tokens, top) = (Ints(record, "completion_token_ids"), Ints(record, "top_token_ids"));
        return new Completion(
            tokens, Floats(record, "logprobs"), [.. Ints(record, "policy_version").Select(v => new PolicyVersion(v))], Text(record, "completion")!,
            Enum.Parse<FinishReason>(Text(record, "finish_reason")!, ignoreCase: true), Text(record, "stop_reason"), default)
        {
            PromptLogProbs = Floats(record, "prompt_logprobs"),
            Top = top.IsEmpty ? TopLogProbs.None : new TopLogProbs(top.Length / tokens.Length, top, Floats(record, "top_logprobs")),
            RoutedExperts = Text(record, "routed_experts") is { } bytes ? [.. Convert.FromBase64String(bytes)] : [],
        };
    }

    private static string? Text(SourceRecord record, string column) => (string?)record[column];

    private static ImmutableArray<int> Ints(SourceRecord record, string column) => record[column] is JsonText list ? [.. JsonSerializer.Deserialize<int[]>(list.Value)!] : [];

    private static ImmutableArray<float> Floats(SourceRecord record, string column)
    {
        if (record[column] is not JsonText list) return [];
        using var json = JsonDocument.Parse(list.Value);
        // JSON has no infinity: those stand there as text.
        return [.. json.RootElement.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? float.Parse(v.GetString()!, CultureInfo.InvariantCulture) : (float)v.GetDouble())];
    }
}
