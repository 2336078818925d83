using System.Collections.Immutable;

namespace Rollouts;

/// <summary>What a prompt row holds: exactly one of text, chat messages or token ids.</summary>
public abstract record PromptContent
{
    private PromptContent() { }

    /// <summary>Plain text, to be encoded with the tokenizer's own special tokens.</summary>
    public sealed record Text(string Value) : PromptContent;

    /// <summary>Chat messages, and tools where the row has them, as the JSON text that a chat template reads.</summary>
    public sealed record Messages(string Json, string? ToolsJson) : PromptContent;

    /// <summary>Token ids, used as they are.</summary>
    public sealed record TokenIds(ImmutableArray<int> Values) : PromptContent;
}
