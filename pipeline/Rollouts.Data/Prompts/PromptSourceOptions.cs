namespace Rollouts.Data;

/// <summary>Which prompts a job reads, and from which columns.</summary>
/// <param name="Paths">Files in reading order: .jsonl, .parquet, .arrow; JSON Lines also as .gz and .zst.</param>
/// <param name="Content">What the content column holds.</param>
/// <param name="ContentColumn">Its name.</param>
/// <param name="IdColumn">The column of ids; null gives every row the id <c>row-hash</c>.</param>
/// <param name="ToolsColumn">The column of tools beside messages or a chat's text; null for none.</param>
/// <param name="Limit">Rows at most; null for all.</param>
/// <param name="Epochs">Passes over the rows.</param>
/// <param name="ShuffleSeed">Draws rows from a window in an order given by seed and epoch; null keeps the files' order.</param>
public sealed record PromptSourceOptions(
    IReadOnlyList<string> Paths,
    PromptContentKind Content,
    string ContentColumn,
    string? IdColumn = null,
    string? ToolsColumn = null,
    long? Limit = null,
    int Epochs = 1,
    long? ShuffleSeed = null);

/// <summary>What a content column holds.</summary>
public enum PromptContentKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A list of chat messages.</summary>
    Messages,

    /// <summary>A list of token ids.</summary>
    TokenIds,
}
