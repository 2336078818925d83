using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>
/// Collects the groups that are kept into batches; what is dropped goes beside them at once.
/// Invariant: every group that comes in goes out exactly once, unless <c>carry_over</c> leaves it undecided.
/// </summary>
internal sealed class BatchCollector(int groups, WhenShort whenShort, Func<bool> interrupted)
{
    private readonly List<RolloutGroup> _open = [];
    private readonly List<RolloutGroup> _held = [];
    private long _batches;

    public static IPropagatorBlock<RolloutGroup, GroupBatch> Create(RolloutGraph graph, PipelineOptions options, Func<bool> interrupted)
    {
        var collector = new BatchCollector(options.BatchGroups, options.Filter.WhenShort, interrupted);
        return graph.Add(StatefulBlock.Create<RolloutGroup, GroupBatch>(collector.Add, collector.Finish, 64, graph));
    }

    /// <summary>What this group lets go.</summary>
    public IEnumerable<GroupBatch> Add(RolloutGroup group)
    {
        if (group.Decision!.Outcome == GroupOutcome.Committed)
        {
            _open.Add(group);
            return _open.Count == groups ? [Emit()] : [];
        }

        return [.. Beside(Hold(group))];
    }

    /// <summary>What is left when the prompts have ended.</summary>
    /// <exception cref="BatchShortException"><c>when_short: fail</c>.</exception>
    public IEnumerable<GroupBatch> Finish()
    {
        // An interrupted session says nothing about whether the prompts suffice: its groups are emitted, or wait for the next session.
        if (_open.Count == 0 || interrupted() && whenShort == WhenShort.CarryOver) return Beside(_held);
        if (!interrupted())
        {
            if (whenShort == WhenShort.CarryOver) return Beside(_held);
            if (whenShort == WhenShort.Fail) throw new BatchShortException(_open.Count, groups);
            if (whenShort == WhenShort.KeepBest) Refill();
        }

        return [Emit(), .. Beside(_held)];
    }

    private GroupBatch Emit()
    {
        var batch = new GroupBatch(_batches++, [.. _open]);
        _open.Clear();
        return batch;
    }

    /// <summary>keep_best holds back the filtered groups of the widest spread, one fewer than a batch; the narrowest makes room.</summary>
    private RolloutGroup? Hold(RolloutGroup group)
    {
        if (whenShort != WhenShort.KeepBest || groups == 1 || group.Decision!.Outcome != GroupOutcome.Filtered) return group;
        _held.Add(group);
        if (_held.Count < groups) return null;
        var narrowest = _held.Count - 1;
        for (var i = _held.Count - 2; i >= 0; i--)
            if (GroupState.Spread(_held[i]) < GroupState.Spread(_held[narrowest])) narrowest = i;
        var released = _held[narrowest];
        _held.RemoveAt(narrowest);
        return released;
    }

    private void Refill()
    {
        foreach (var group in _held.OrderByDescending(GroupState.Spread).Take(groups - _open.Count).ToArray())
        {
            _held.Remove(group);
            _open.Add(group with { Decision = GroupDecision.Commit });
        }
    }

    private static IEnumerable<GroupBatch> Beside(RolloutGroup? group) => group is null ? [] : [new GroupBatch(null, [group])];

    private static IEnumerable<GroupBatch> Beside(List<RolloutGroup> held) => held.Count == 0 ? [] : [new GroupBatch(null, [.. held])];
}

/// <summary>The prompts ended before the last batch had its groups, and the recipe says that this fails the run.</summary>
public sealed class BatchShortException(int groups, int wanted) : Exception(
    $"the prompts ended with {groups} groups for the last batch of {wanted} (filter.when_short is fail); give more prompts, or set filter.when_short to shrink, keep_best or carry_over");
