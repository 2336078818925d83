namespace Rollouts;

/// <summary>A result as it travels: with what it answers.</summary>
/// <param name="Group">The request's group.</param>
/// <param name="Attempt">The request's attempt.</param>
/// <param name="Result">What the actor generated.</param>
public sealed record RolloutAnswer(GroupId Group, int Attempt, RolloutResult Result)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Group} attempt {Attempt}: {Result}";
}
