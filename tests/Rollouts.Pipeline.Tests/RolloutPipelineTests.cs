using System.Collections.Immutable;
using Rollouts.TestSupport;

namespace Rollouts.Pipeline.Tests;

public class RolloutPipelineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task RunAsync_ManyGroups_DecidesEachExactlyOnce()
    {
        var run = new Run(prompts: 5000, n: 4) { Reward = group => [.. group.Rollouts.Select((_, i) => RewardOutcome.Of(i))] };

        await run.RunAsync();

        run.Sink.Groups.Count.ShouldBe(5000);
        run.Sink.Groups.Select(g => g.Id).Distinct().Count().ShouldBe(5000);
        run.Closed.ShouldBe(new RolloutAccounting(20000, 20000, 0, 0, 0, 0, 0, 20000));
    }

    [Fact]
    public async Task RunAsync_RewardThatThrows_IsAFailureNeverAReward()
    {
        var run = new Run(prompts: 10, n: 4) { Reward = group => group.Id.Prompt.Value == "3" ? throw new InvalidOperationException("no judge") : Alternating(group) };

        await run.RunAsync();

        var failed = run.Sink.Groups.Single(g => g.Id.Prompt.Value == "3");
        failed.Decision!.Outcome.ShouldBe(GroupOutcome.Failed);
        failed.Rollouts.ShouldAllBe(r => r.Reward == null && r.Failure!.Kind == FailureKind.Reward && r.Failure.Message.Contains("no judge"));
        run.Closed.Failed.ShouldBe(4);
        run.Closed.Balances.ShouldBeTrue();
    }

    [Fact]
    public async Task RunAsync_RewardThatHangs_FailsWithKindTimeoutAndTheRunEnds()
    {
        var run = new Run(prompts: 3, n: 2)
        {
            Reward = Alternating,
            HangsOn = "1",
            Deadlines = new DeadlineOptions { Reward = TimeSpan.FromMilliseconds(100) },
        };

        await run.RunAsync();

        run.Sink.Groups.Single(g => g.Id.Prompt.Value == "1").Rollouts.ShouldAllBe(r => r.Failure!.Kind == FailureKind.Timeout);
        run.Closed.Balances.ShouldBeTrue();
    }

    [Fact]
    public async Task RunAsync_EqualRewards_AreFilteredWithTheirReason()
    {
        var run = new Run(prompts: 10, n: 4) { Reward = group => [.. group.Rollouts.Select(_ => RewardOutcome.Of(1))] };

        await run.RunAsync();

        run.Sink.Groups.ShouldAllBe(g => g.Decision!.Reason == "zero_variance");
        run.Closed.Filtered.ShouldBe(40);
    }

    [Fact]
    public async Task RunAsync_FaultyPrompt_IsNFailureRowsOfKindData()
    {
        var run = new Run(prompts: 2, n: 3) { Reward = Alternating, FaultyPrompt = "1" };

        await run.RunAsync();

        run.Sink.Groups.Single(g => g.Id.Prompt.Value == "1").Rollouts.ShouldAllBe(r => r.Failure!.Kind == FailureKind.Data && r.Failure.Stage == "read");
        run.Closed.Failed.ShouldBe(3);
    }

    [Fact]
    public async Task RunAsync_InfrastructureFailure_IsTriedAgainAsAWholeGroup()
    {
        var run = new Run(prompts: 4, n: 2) { Reward = Alternating };
        run.Transport.FailUntilAttempt = 2;

        await run.RunAsync();

        run.Sink.Groups.ShouldAllBe(g => g.Rollouts.All(r => r.Attempt == 2 && r.Failure == null));
        run.Closed.Attempts.ShouldBe(24);
        run.Closed.Committed.ShouldBe(8);
    }

    [Fact]
    public async Task RunAsync_SinkThatThrowsAtAnyMoment_AlwaysEnds()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 300; trial++)
        {
            var run = new Run(prompts: 200, n: 2) { Reward = Alternating };
            (run.Sink.Throws, run.Sink.ThrowsAfter) = (new IOException("disk full"), random.Next(20));

            await Should.ThrowAsync<IOException>(run.RunAsync().WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task RunAsync_SinkThatThrows_EndsTheRunWithItsOwnException()
    {
        var run = new Run(prompts: 1000, n: 2) { Reward = Alternating };
        run.Sink.Throws = new IOException("disk full");

        var thrown = await Should.ThrowAsync<IOException>(run.RunAsync());

        thrown.Message.ShouldBe("disk full");
    }

    [Fact]
    public async Task RunAsync_TransportThatNeverAnswers_StallsOutWithAName()
    {
        var run = new Run(prompts: 2, n: 2) { Reward = Alternating, Deadlines = new DeadlineOptions { Stall = TimeSpan.FromMilliseconds(200) } };
        run.Transport.Hangs = true;

        var thrown = await Should.ThrowAsync<TimeoutException>(run.RunAsync());

        thrown.Message.ShouldContain("scripted: 2 running");
    }

    [Fact]
    public async Task Drain_WhileGroupsHang_LeavesThemCancelledAndBalances()
    {
        var run = new Run(prompts: 1000, n: 2) { Reward = Alternating, Deadlines = new DeadlineOptions { Drain = TimeSpan.FromMilliseconds(100) } };
        run.Transport.Hangs = true;

        var running = run.RunAsync();
        await run.Transport.FirstRequest.WaitAsync(Patience);
        run.Pipeline.Drain();
        await running;

        run.Closed.Cancelled.ShouldBe(run.Closed.Issued);
        run.Closed.Issued.ShouldBeGreaterThan(0);
        run.Closed.Balances.ShouldBeTrue();
    }

    private static ImmutableArray<RewardOutcome> Alternating(RolloutGroup group) => [.. group.Rollouts.Select((_, i) => RewardOutcome.Of(i % 2))];

    /// <summary>A pipeline over a scripted transport and a sink that remembers.</summary>
    private sealed class Run(int prompts, int n) : IReward, IPipelineObserver, IPromptEncoder
    {
        private readonly RolloutLedger _ledger = new(RolloutAccounting.Zero);
        private RolloutPipeline? _pipeline;

        public required Func<RolloutGroup, ImmutableArray<RewardOutcome>> Reward { get; init; }

        public string? HangsOn { get; init; }

        public string? FaultyPrompt { get; init; }

        public DeadlineOptions Deadlines { get; init; } = new();

        public ScriptedTransport Transport { get; } = new();

        public MemorySink Sink { get; } = new();

        public RolloutPipeline Pipeline => _pipeline ??= Build();

        public RolloutAccounting Closed { get; private set; } = RolloutAccounting.Zero;

        string IReward.Name => "scripted";

        public async Task RunAsync()
        {
            await Pipeline.RunAsync(default).WaitAsync(Patience);
            _ledger.Commit(Sink.Groups.Select(g => g.Count()));
            Closed = _ledger.Closed;
        }

        void IPipelineObserver.OnBatch(GroupBatch batch)
        {
        }

        ImmutableArray<int> IPromptEncoder.Encode(PromptContent content) => [1, 2, 3];

        async ValueTask<ImmutableArray<RewardOutcome>> IReward.ScoreAsync(RolloutGroup group, CancellationToken stopping)
        {
            if (group.Id.Prompt.Value == HangsOn) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            return Reward(group);
        }

        private RolloutPipeline Build()
        {
            var options = new PipelineOptions { Sampling = new SamplingParams { N = n }, MaxLength = 100, Deadlines = Deadlines };
            var parts = new PipelineParts(Prompts().ToAsyncEnumerable(), this, Transport, [new WeightedReward(this, 1)], new GroupRelativeAdvantage(), Sink, _ledger);
            return new RolloutPipeline(parts, options, this, TimeProvider.System);
        }

        private IEnumerable<Prompt> Prompts() => Enumerable.Range(0, prompts).Select(i => Groups.Prompt($"{i}"))
            .Select(p => p.Group.Prompt.Value == FaultyPrompt ? p with { Content = null, Fault = "prompts.jsonl:2: not JSON" } : p);
    }
}
