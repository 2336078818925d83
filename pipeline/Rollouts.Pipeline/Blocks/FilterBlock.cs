using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>Decides every group: commit, filtered or failed, with a reason.</summary>
internal static class FilterBlock
{
    public static IPropagatorBlock<RolloutGroup, RolloutGroup> Create(RolloutGraph graph, PipelineOptions options, bool hasRewards) =>
        graph.Add(new TransformManyBlock<RolloutGroup, RolloutGroup>(
            group => Decide(group, options.Filter, hasRewards) is { } decided ? [decided] : [],
            new ExecutionDataflowBlockOptions { BoundedCapacity = 64, NameFormat = "filter" }));

    /// <summary>The group with its decision; null where the session stopped before it was whole.</summary>
    internal static RolloutGroup? Decide(RolloutGroup group, FilterOptions options, bool hasRewards) =>
        GroupState.IsInterrupted(group) ? null : group with { Decision = Decision(group, options, hasRewards) };

    private static GroupDecision Decision(RolloutGroup group, FilterOptions options, bool hasRewards)
    {
        var n = group.Rollouts.Length;
        var left = group.Rollouts.Count(r => r.Failure is null);
        if (left == 0) return new GroupDecision(GroupOutcome.Failed, "every rollout failed");
        if (!hasRewards) return GroupDecision.Commit;
        var needed = Math.Min(n, options.MinRewarded ?? (n > 1 ? 2 : 1));
        if (left < needed) return new GroupDecision(GroupOutcome.Failed, $"{left} of {n} rollouts have a reward, filter.min_rewarded is {needed}");
        if (n > 1 && options.DropZeroVariance && GroupState.Spread(group) == 0) return new GroupDecision(GroupOutcome.Filtered, "zero_variance");
        return GroupDecision.Commit;
    }
}
