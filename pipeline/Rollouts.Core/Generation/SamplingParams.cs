using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace Rollouts;

/// <summary>How tokens are drawn. Filters apply in this order: bad tokens and min_tokens, logit_bias, repetition, presence, frequency penalty, temperature, top_k, top_p, min_p.</summary>
public sealed record SamplingParams
{
    /// <summary>Greedy decoding, one completion.</summary>
    public static SamplingParams Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Siblings a prompt. Default 1.</summary>
    [Range(1, 16384)] public int N { get; init; } = 1;

    /// <summary>Divides the logits; 0 takes the likeliest token. Default 1.</summary>
    [Range(0.0, 100.0)] public float Temperature { get; init; } = 1;

    /// <summary>Keeps the fewest likeliest tokens whose probabilities sum to at least this. Default 1 (all).</summary>
    [Range(1e-6, 1.0)] public float TopP { get; init; } = 1;

    /// <summary>Keeps the k likeliest tokens; 0 keeps all. Default 0.</summary>
    [Range(0, int.MaxValue)] public int TopK { get; init; }

    /// <summary>Keeps tokens at least this fraction as likely as the likeliest. Default 0 (all).</summary>
    [Range(0.0, 1.0)] public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens seen in prompt or completion. Default 1 (off).</summary>
    [Range(0.01, 100.0)] public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once from logits of tokens seen in the completion. Default 0.</summary>
    [Range(-100.0, 100.0)] public float PresencePenalty { get; init; }

    /// <summary>Subtracted for each time a token was seen in the completion. Default 0.</summary>
    [Range(-100.0, 100.0)] public float FrequencyPenalty { get; init; }

    /// <summary>Completion tokens at most. Default 16.</summary>
    [Range(1, 1 << 24)] public int MaxTokens { get; init; } = 16;

    /// <summary>Tokens that come before any that may end the completion: until then stop tokens are not drawn and a stop string ends nothing. Default 0.</summary>
    [Range(0, 1 << 24)] public int MinTokens { get; init; }

    /// <summary>Texts that end a completion.</summary>
    public ImmutableArray<string> Stop { get; init; } = [];

    /// <summary>Tokens that end a completion, besides the model's end-of-sequence tokens.</summary>
    public ImmutableArray<int> StopTokenIds { get; init; } = [];

    /// <summary>Whether what stopped the completion stays in its text.</summary>
    public bool IncludeStop { get; init; }

    /// <summary>End-of-sequence tokens do not end the completion.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>With the rollout's id, all of its randomness.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens that are never drawn.</summary>
    public ImmutableArray<int> BadTokenIds { get; init; } = [];

    /// <summary>Added to logits before penalties and temperature; a token once at most.</summary>
    public ImmutableArray<LogitBias> LogitBias { get; init; } = [];

    /// <summary>Which log-probabilities are kept. Default the sampled token's.</summary>
    public LogProbDetail LogProbs { get; init; }

    /// <summary>What the stored log-probabilities mean. Default raw.</summary>
    public LogProbMode LogProbMode { get; init; }

    /// <summary>Whether the prompt's own log-probabilities are kept: log p(token t + 1 | tokens ..t), always raw. Default false.</summary>
    public bool PromptLogProbs { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"n {N}, temperature {Temperature}, max_tokens {MaxTokens}, seed {Seed}";
}
