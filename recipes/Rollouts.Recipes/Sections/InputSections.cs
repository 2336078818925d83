using System.Collections.Immutable;
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

    /// <summary>The column of ids. Default: every row has the id <c>row-hash</c>.</summary>
    public string? Id { get; init; }

    /// <summary>Rows at most. Default all.</summary>
    [Range(1, long.MaxValue)] public long? Limit { get; init; }

    /// <summary>Passes over the rows. Default 1.</summary>
    [Range(1, 1 << 20)] public int Epochs { get; init; } = 1;

    /// <summary>Draws rows from a window of 10,000 in an order given by seed and epoch. Default false.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Whether text that spells an added token becomes that token. Default false.</summary>
    public bool SpecialTokens { get; init; }
}

/// <summary>How tokens are drawn.</summary>
public sealed record SamplingSection
{
    /// <summary>Siblings a prompt. Default 1.</summary>
    [Range(1, 16384)] public int N { get; init; } = 1;

    /// <summary>Divides the logits; 0 takes the likeliest token. Default 1.</summary>
    [Range(0.0, 100.0)] public double Temperature { get; init; } = 1;

    /// <summary>Keeps the fewest likeliest tokens that sum to this. Default 1.</summary>
    [Range(1e-6, 1.0)] public double TopP { get; init; } = 1;

    /// <summary>Keeps the k likeliest tokens. Default 0: all.</summary>
    [Range(0, int.MaxValue)] public int TopK { get; init; }

    /// <summary>Keeps tokens at least this fraction as likely as the likeliest. Default 0.</summary>
    [Range(0.0, 1.0)] public double MinP { get; init; }

    /// <summary>Makes seen tokens less likely. Default 1: off.</summary>
    [Range(0.01, 100.0)] public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Completion tokens at most.</summary>
    [Range(1, 1 << 24)] public required int MaxTokens { get; init; }

    /// <summary>Texts that end a completion.</summary>
    public ImmutableArray<string> Stop { get; init; } = [];

    /// <summary>Tokens that end a completion, besides the model's own.</summary>
    public ImmutableArray<int> StopTokenIds { get; init; } = [];

    /// <summary>Whether what stopped it stays in the text. Default false.</summary>
    public bool IncludeStop { get; init; }

    /// <summary>End-of-sequence tokens do not end a completion. Default false.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>With a rollout's id, all of its randomness. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>raw: before temperature and filters; processed: after. Default raw.</summary>
    public LogProbMode LogprobMode { get; init; }

    /// <summary>The same, as the engine takes it.</summary>
    public SamplingParams ToParams() => new()
    {
        N = N,
        Temperature = (float)Temperature,
        TopP = (float)TopP,
        TopK = TopK,
        MinP = (float)MinP,
        RepetitionPenalty = (float)RepetitionPenalty,
        MaxTokens = MaxTokens,
        Stop = Stop,
        StopTokenIds = StopTokenIds,
        IncludeStop = IncludeStop,
        IgnoreEos = IgnoreEos,
        Seed = Seed,
        LogProbMode = LogprobMode,
    };
}
