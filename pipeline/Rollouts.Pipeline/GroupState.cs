namespace Rollouts.Pipeline;

/// <summary>Questions about a group on its way.</summary>
internal static class GroupState
{
    /// <summary>Whether the session stopped before the group was whole: it stays undecided, and the next session issues it again.</summary>
    public static bool IsInterrupted(RolloutGroup group) => group.Rollouts.Any(r => r.Completion?.Finish == FinishReason.Aborted);

    /// <summary>Widest distance between two rewards of the group; 0 where there are none.</summary>
    public static double Spread(RolloutGroup group)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var rollout in group.Rollouts)
        {
            if (rollout.Failure is not null || rollout.Reward is null) continue;
            low = Math.Min(low, rollout.Reward.Value);
            high = Math.Max(high, rollout.Reward.Value);
        }

        return high >= low ? high - low : 0;
    }
}
