using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Decided groups on their way to the sink: a whole batch, or one group that was dropped beside it.</summary>
/// <param name="Index">Counts batches from 0; null for a group that is in no batch.</param>
/// <param name="Groups">Every one is decided.</param>
public sealed record GroupBatch(long? Index, ImmutableArray<RolloutGroup> Groups)
{
    /// <inheritdoc/>
    public override string ToString() => Index is { } i ? $"batch {i} of {Groups.Length} groups" : $"{Groups.Length} groups beside a batch";
}
