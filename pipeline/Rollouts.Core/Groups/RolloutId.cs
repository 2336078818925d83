namespace Rollouts;

/// <summary>One answer among the siblings of a group. Its noise, and so its tokens, follow from this id and the seed alone.</summary>
/// <param name="Group">Purpose, epoch and prompt.</param>
/// <param name="Sibling">0 to n - 1.</param>
public readonly record struct RolloutId(GroupId Group, int Sibling)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Group}/{Sibling}";
}
