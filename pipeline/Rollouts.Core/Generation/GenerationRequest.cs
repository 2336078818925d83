using System.Collections.Immutable;

namespace Rollouts;

/// <summary>One sequence to generate.</summary>
/// <param name="Id">Whose noise it draws.</param>
/// <param name="PromptTokenIds">At least one token.</param>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="SoFar">A completion to continue: its tokens count as completion, not as prompt. Null for a new one.</param>
/// <param name="Score">Nothing is generated: the prompt's own log-probabilities are wanted.</param>
public sealed record GenerationRequest(RolloutId Id, ImmutableArray<int> PromptTokenIds, SamplingParams Sampling, Completion? SoFar = null, bool Score = false)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id}, {PromptTokenIds.Length} prompt tokens";
}
