using System.Collections.Immutable;

namespace Rollouts;

/// <summary>One sampled answer to one prompt. Arrays hold one value a token.</summary>
/// <param name="TokenIds">The tokens; a stop token that ended the completion is the last.</param>
/// <param name="LogProbs">Natural log, in the mode of <see cref="SamplingParams.LogProbMode"/>; empty where <see cref="SamplingParams.LogProbs"/> is none.</param>
/// <param name="Versions">The policy version under which each token was launched.</param>
/// <param name="Text">The tokens as text, cut at what stopped it.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="StopReason">The stop string, or the stop token's id in digits; null where neither ended it.</param>
/// <param name="Timing">Where its time went.</param>
/// <param name="NumPreempted">How often its KV was given up and computed again.</param>
/// <param name="Failure">Why it failed; null unless <paramref name="Finish"/> is failed.</param>
public sealed record Completion(
    ImmutableArray<int> TokenIds,
    ImmutableArray<float> LogProbs,
    ImmutableArray<PolicyVersion> Versions,
    string Text,
    FinishReason Finish,
    string? StopReason,
    CompletionTiming Timing,
    int NumPreempted = 0,
    RolloutFailure? Failure = null)
{
    /// <summary>log p(token t + 1 | tokens ..t) over the prompt, one fewer than its tokens; empty unless they were asked for, and of a completion that was aborted before they were all known.</summary>
    public ImmutableArray<float> PromptLogProbs { get; init; } = [];

    /// <summary>The likeliest tokens at each place, where they were asked for.</summary>
    public TopLogProbs Top { get; init; } = TopLogProbs.None;

    /// <summary>Which experts each token went to, laid out as <see cref="RoutedExpertShape"/> says; empty unless they were asked for.</summary>
    public ImmutableArray<byte> RoutedExperts { get; init; } = [];

    /// <summary>A completion that could not be generated.</summary>
    public static Completion Failed(RolloutFailure failure) =>
        new([], [], [], "", FinishReason.Failed, null, default, Failure: failure);

    /// <inheritdoc/>
    public override string ToString() => $"{TokenIds.Length} tokens, {Finish}";
}
