using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>Gives the rollouts of groups that are kept their advantages.</summary>
internal static class AdvantageBlock
{
    public static IPropagatorBlock<RolloutGroup, RolloutGroup> Create(RolloutGraph graph, IAdvantage advantage) =>
        graph.Add(new TransformBlock<RolloutGroup, RolloutGroup>(
            graph.Watch<RolloutGroup, RolloutGroup>(group => Task.FromResult(Apply(group, advantage))),
            new ExecutionDataflowBlockOptions { BoundedCapacity = 64, NameFormat = "advantage" }));

    private static RolloutGroup Apply(RolloutGroup group, IAdvantage advantage)
    {
        // Filtered groups get theirs too: when_short may still keep them.
        if (group.Decision!.Outcome == GroupOutcome.Failed) return group;
        var values = advantage.Compute(group);
        return group with { Rollouts = [.. group.Rollouts.Select((rollout, i) => rollout with { Advantage = values[i] })] };
    }
}
