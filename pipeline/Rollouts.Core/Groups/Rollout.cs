namespace Rollouts;

/// <summary>One sibling on its way through the graph. Exactly one of these holds at the end: it has a failure, or a completion that its group's decision covers.</summary>
/// <param name="Id">The rollout.</param>
/// <param name="Attempt">The attempt that gave the completion.</param>
/// <param name="Actor">Who generated it; null where it never got that far.</param>
/// <param name="StartedAt">When generation started, or the failure was seen.</param>
/// <param name="Completion">Null where generation was never reached.</param>
/// <param name="Reward">Null where there is none: missing is not 0.</param>
/// <param name="Advantage">Null where it is not defined.</param>
/// <param name="Failure">Why it counts as failed.</param>
public sealed record Rollout(
    RolloutId Id,
    int Attempt,
    ActorId? Actor,
    DateTimeOffset StartedAt,
    Completion? Completion,
    Reward? Reward = null,
    float? Advantage = null,
    RolloutFailure? Failure = null)
{
    /// <inheritdoc/>
    public override string ToString() => Failure is null ? $"{Id}" : $"{Id} failed ({Failure.Kind})";
}
