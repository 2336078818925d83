using System.ComponentModel.DataAnnotations;

namespace Rollouts.Recipes;

/// <summary>The model.</summary>
public sealed record ModelSection
{
    /// <summary>A Hugging Face folder, relative to the recipe's file.</summary>
    public required string Path { get; init; }

    /// <summary>What weights and KV are held in. Default auto: the checkpoint's, or float32 on a CPU without fast bfloat16.</summary>
    public ModelDtype Dtype { get; init; }
}

/// <summary>What weights and KV are held in.</summary>
public enum ModelDtype
{
    /// <summary>The checkpoint's, or float32 on a CPU without fast bfloat16.</summary>
    Auto,

    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>bfloat16.</summary>
    Bfloat16,
}

/// <summary>The prompts.</summary>
public sealed record PromptsSection
{
    /// <summary>A file (.jsonl, also .gz and .zst; .parquet; .arrow), a folder or a glob, relative to the recipe's file.</summary>
    public required string Path { get; init; }

    /// <summary>The column of texts.</summary>
    public string? Text { get; init; }

    /// <summary>The column of token ids, instead of text.</summary>
    public string? TokenIds { get; init; }

    /// <summary>The column of chat messages, instead of text: a list of objects with role and content, rendered by the model's chat template.</summary>
    public string? Messages { get; init; }

    /// <summary>Whether a text is a user's message, to be rendered by the model's chat template. Default false.</summary>
    public bool Chat { get; init; }

    /// <summary>The column of tools that the chat template is given. Default none.</summary>
    public string? Tools { get; init; }

    /// <summary>The system's message, before messages that have none. Default none.</summary>
    public string? System { get; init; }

    /// <summary>Further variables of the chat template, such as <c>enable_thinking: false</c>. Default none.</summary>
    public TemplateVariables? TemplateVariables { get; init; }

    /// <summary>The column of ids. Default: every row has the id <c>row-hash</c>.</summary>
    public string? Id { get; init; }

    /// <summary>Rows at most. Default all.</summary>
    [Range(1, long.MaxValue)] public long? Limit { get; init; }

    /// <summary>Passes over the rows. Default 1.</summary>
    [Range(1, 1 << 20)] public int Epochs { get; init; } = 1;

    /// <summary>Draws rows from a window of 10,000 in an order given by seed and epoch. Default false.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Whether text that spells an added token becomes that token. Default false; in a chat it always does.</summary>
    public bool SpecialTokens { get; init; }

    /// <summary>Whether the model's chat template renders the prompts.</summary>
    internal bool IsChat => Chat || Messages is not null;
}
