using System.Collections.Immutable;

namespace Rollouts.Pipeline;

/// <summary>1 within a tolerance of a target length in tokens, falling linearly to 0 one tolerance further out.</summary>
public sealed class LengthReward(string name, int target, int tolerance) : IReward
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<RewardOutcome>> ScoreAsync(RolloutGroup group, CancellationToken stopping) => ValueTask.FromResult<ImmutableArray<RewardOutcome>>(
        [.. group.Rollouts.Select(r => r.Completion is null ? RewardOutcome.Missing("no completion") : RewardOutcome.Of(Score(r.Completion.TokenIds.Length)))]);

    private double Score(int length)
    {
        var off = Math.Abs(length - target);
        return off <= tolerance ? 1 : Math.Max(0, 2 - (double)off / Math.Max(1, tolerance));
    }
}
