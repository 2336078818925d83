using Rollouts.TestSupport;

namespace Rollouts.Pipeline.Tests;

public class BatchCollectorTests
{
    [Theory]
    [InlineData(WhenShort.Shrink)]
    [InlineData(WhenShort.KeepBest)]
    public void AddAndFinish_AnyMixOfGroups_LetsEachGoExactlyOnce(WhenShort whenShort)
    {
        var random = new Random(1);
        for (var trial = 0; trial < 200; trial++)
        {
            var collector = new BatchCollector(1 + random.Next(5), whenShort, () => false);
            var groups = Enumerable.Range(0, random.Next(40)).Select(i => random.Next(3) == 0 ? Filtered($"{i}", random.NextDouble()) : Kept($"{i}")).ToArray();

            var batches = Collect(collector, groups);

            batches.SelectMany(b => b.Groups).Select(g => g.Id).Order(Comparer<GroupId>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))
                .ShouldBe(groups.Select(g => g.Id).Order(Comparer<GroupId>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))));
            batches.Where(b => b.Index is not null).Select(b => b.Index!.Value).ShouldBe(Enumerable.Range(0, batches.Count(b => b.Index is not null)).Select(i => (long)i));
        }
    }

    [Fact]
    public void Finish_KeepBest_FillsTheLastBatchWithTheWidestSpread()
    {
        var collector = new BatchCollector(3, WhenShort.KeepBest, () => false);
        RolloutGroup[] groups = [Filtered("narrow", 0.1), Kept("kept"), Filtered("wide", 0.9), Filtered("middle", 0.5)];

        var batches = Collect(collector, groups);

        var last = batches.Single(b => b.Index is not null);
        last.Groups.Select(g => g.Id.Prompt.Value).ShouldBe(["kept", "wide", "middle"]);
        last.Groups.ShouldAllBe(g => g.Decision!.Outcome == GroupOutcome.Committed);
    }

    [Fact]
    public void Finish_CarryOver_LeavesTheOpenBatchUndecided()
    {
        var collector = new BatchCollector(3, WhenShort.CarryOver, () => false);

        Collect(collector, Kept("a"), Kept("b")).ShouldBeEmpty();
    }

    [Fact]
    public void Finish_Fail_ThrowsWithTheRemedy()
    {
        var collector = new BatchCollector(3, WhenShort.Fail, () => false);
        _ = collector.Add(Kept("a")).ToArray();

        Should.Throw<BatchShortException>(() => collector.Finish().ToArray()).Message.ShouldContain("filter.when_short");
    }

    private static GroupBatch[] Collect(BatchCollector collector, params RolloutGroup[] groups)
    {
        GroupBatch[] batches = [.. groups.SelectMany(collector.Add)];
        return [.. batches, .. collector.Finish()];
    }

    private static RolloutGroup Kept(string id) => Groups.Decided(id, GroupOutcome.Committed, 0, 1);

    private static RolloutGroup Filtered(string id, double spread) => Groups.Decided(id, GroupOutcome.Filtered, 0, spread);
}
