using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Scores the siblings of a group. It sees the whole group, so that judges and group-wise rewards work.</summary>
public interface IReward
{
    /// <summary>The component's name; the column <c>reward.NAME</c>.</summary>
    string Name { get; }

    /// <summary>Whether the reward keeps <c>deadlines.reward</c> itself, a rollout at a time, so that only the late one fails. Default: the group as a whole has the deadline.</summary>
    bool KeepsDeadline => false;

    /// <summary>One outcome a rollout, in order. Rollouts that have failed already may be given any outcome: it is not looked at.</summary>
    /// <remarks>May throw: every rollout of the group is then missing this reward, with the exception's message.</remarks>
    ValueTask<ImmutableArray<RewardOutcome>> ScoreAsync(RolloutGroup group, CancellationToken stopping);
}
