using System.Collections.Immutable;

namespace Rollouts;

/// <summary>One prompt and how many siblings to draw. A group goes to one actor whole, for its siblings share the prompt's KV.</summary>
/// <param name="Group">The group.</param>
/// <param name="Attempt">0 for the first try.</param>
/// <param name="PromptTokenIds">At least one token.</param>
/// <param name="Sampling">n siblings, drawn so.</param>
public sealed record RolloutRequest(GroupId Group, int Attempt, ImmutableArray<int> PromptTokenIds, SamplingParams Sampling)
{
    /// <summary>What an earlier try left of each sibling, in order: null for nothing. Empty where there was none; else n.</summary>
    public ImmutableArray<Completion?> SoFar { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Group} attempt {Attempt}, {Sampling.N} siblings";
}
