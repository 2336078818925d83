namespace Rollouts;

/// <summary>One rollout's outcome under one reward: a value, or why there is none.</summary>
/// <param name="Value">Null where it could not be computed.</param>
/// <param name="Fault">Why; null where there is a value.</param>
/// <param name="TimedOut">Whether a deadline was the reason.</param>
public readonly record struct RewardOutcome(double? Value, string? Fault = null, bool TimedOut = false)
{
    /// <summary>A computed value.</summary>
    public static RewardOutcome Of(double value) =>
        double.IsFinite(value) ? new(value) : Missing($"the reward is {value}; a reward is a finite number");

    /// <summary>A reward that could not be computed.</summary>
    public static RewardOutcome Missing(string fault) => new(null, fault);
}
