namespace Rollouts;

/// <summary>Names an actor within a job: <c>[A-Za-z0-9_-]{1,64}</c>.</summary>
public readonly record struct ActorId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
