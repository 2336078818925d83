using System.Collections.Immutable;

namespace Rollouts;

/// <summary>What a prompt row holds: exactly one of text, chat messages or token ids.</summary>
public abstract record PromptContent
{
    private PromptContent() { }

    /// <summary>Plain text: encoded with the tokenizer's own special tokens, or, in a chat, a user's one message.</summary>
    /// <param name="ToolsJson">Tools, where the row has some, for the chat template.</param>
    public sealed record Text(string Value, string? ToolsJson = null) : PromptContent;

    /// <summary>Chat messages, and tools where the row has them, as the JSON text that a chat template reads.</summary>
    public sealed record Messages(string Json, string? ToolsJson) : PromptContent;

    /// <summary>Token ids, used as they are.</summary>
    public sealed record TokenIds(ImmutableArray<int> Values) : PromptContent;
}
