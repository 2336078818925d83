using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace Rollouts.Recipes;

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

    /// <summary>Makes tokens seen in prompt or completion less likely: divides positive logits, multiplies negative ones. Default 1: off.</summary>
    [Range(0.01, 100.0)] public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once from logits of tokens seen in the completion. Default 0.</summary>
    [Range(-100.0, 100.0)] public double PresencePenalty { get; init; }

    /// <summary>Subtracted for each time that a token was seen in the completion. Default 0.</summary>
    [Range(-100.0, 100.0)] public double FrequencyPenalty { get; init; }

    /// <summary>Completion tokens at most.</summary>
    [Range(1, 1 << 24)] public required int MaxTokens { get; init; }

    /// <summary>Tokens that come before any that may end a completion. Default 0.</summary>
    [Range(0, 1 << 24)] public int MinTokens { get; init; }

    /// <summary>Texts that end a completion.</summary>
    public ImmutableArray<string> Stop { get; init; } = [];

    /// <summary>Tokens that end a completion, besides the model's own.</summary>
    public ImmutableArray<int> StopTokenIds { get; init; } = [];

    /// <summary>Whether what stopped it stays in the text. Default false.</summary>
    public bool IncludeStop { get; init; }

    /// <summary>End-of-sequence tokens do not end a completion. Default false.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Token ids that are never drawn.</summary>
    public ImmutableArray<int> BadTokenIds { get; init; } = [];

    /// <summary>What is added to the logits of tokens, by id: -100 to 100.</summary>
    public ImmutableSortedDictionary<int, double> LogitBias { get; init; } = ImmutableSortedDictionary<int, double>.Empty;

    /// <summary>With a rollout's id, all of its randomness: siblings, prompts and epochs draw different noise. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>none, sampled, or k: also those of the k likeliest tokens at each place. Default sampled.</summary>
    public LogProbDetail Logprobs { get; init; }

    /// <summary>raw: before temperature and filters; processed: after. Default raw.</summary>
    public LogProbMode LogprobMode { get; init; }

    /// <summary>Whether the prompts' own log-probabilities are kept, always raw. Default false.</summary>
    public bool PromptLogprobs { get; init; }

    /// <summary>The same, as the engine takes it.</summary>
    public SamplingParams ToParams() => new()
    {
        N = N,
        Temperature = (float)Temperature,
        TopP = (float)TopP,
        TopK = TopK,
        MinP = (float)MinP,
        RepetitionPenalty = (float)RepetitionPenalty,
        PresencePenalty = (float)PresencePenalty,
        FrequencyPenalty = (float)FrequencyPenalty,
        MaxTokens = MaxTokens,
        MinTokens = MinTokens,
        Stop = Stop,
        StopTokenIds = StopTokenIds,
        IncludeStop = IncludeStop,
        IgnoreEos = IgnoreEos,
        BadTokenIds = BadTokenIds,
        LogitBias = [.. LogitBias.Select(b => new LogitBias(b.Key, (float)b.Value))],
        Seed = Seed,
        LogProbs = Logprobs,
        LogProbMode = LogprobMode,
        PromptLogProbs = PromptLogprobs,
    };
}
