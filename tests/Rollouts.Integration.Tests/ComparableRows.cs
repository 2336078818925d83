using System.Text.Json;
using Rollouts.Data;

namespace Rollouts.Integration.Tests;

/// <summary>What must be the same in every run of a recipe: tokens, log-probabilities, rewards; not who generated them and when.</summary>
internal static class ComparableRows
{
    private static readonly string[] Columns = ["prompt_id", "sample_index", "completion_token_ids", "logprobs", "reward", "finish_reason"];

    /// <summary>An output folder's rows, in an order of their own.</summary>
    public static async Task<string[]> ReadAsync(string folder)
    {
        var rows = new List<string>();
        await foreach (var row in FolderReader.ReadAsync(new OutputFolder(folder), failures: false, promptId: null, default))
        {
            using var json = JsonDocument.Parse(row);
            rows.Add(string.Join(' ', Columns.Select(c => json.RootElement.GetProperty(c).GetRawText())));
        }

        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
