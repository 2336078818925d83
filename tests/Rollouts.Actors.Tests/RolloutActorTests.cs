using Rollouts.TestSupport;

namespace Rollouts.Actors.Tests;

/// <summary>A group's prompt is scored once, and every sibling that was generated gets it. What an earlier try left is gone on with.</summary>
public class RolloutActorTests
{
    private static readonly ActorId Id = new("actor");
    private static readonly SamplingParams Sampling = new() { N = 8, MaxTokens = 5, PromptLogProbs = true, LogProbs = new LogProbDetail(2) };

    [Fact]
    public async Task GenerateAsync_PromptLogProbs_AreComputedByOneSiblingForAll()
    {
        await using var engine = new CountingEngine(new SyntheticOptions { TokensPerSecond = 0 });

        var result = await new RolloutActor(Id, engine, TimeProvider.System).GenerateAsync(Request("p"), default);

        engine.NumScored.ShouldBe(1);
        result.Completions.ShouldAllBe(c => c.PromptLogProbs.Length == 3 && c.Top.TokenIds.Length == 2 * c.TokenIds.Length);
        result.Completions.Select(c => c.PromptLogProbs).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task GenerateAsync_SiblingThatScoresFails_TheOthersStillGetTheirPrompts()
    {
        await using var engine = new CountingEngine(new SyntheticOptions { TokensPerSecond = 0, FailureRate = 0.5 });
        var numFirstFailed = 0;

        for (var i = 0; i < 20; i++)
        {
            var result = await new RolloutActor(Id, engine, TimeProvider.System).GenerateAsync(Request($"{i}"), default);
            if (result.Completions[0].Failure is not null) numFirstFailed++;
            foreach (var completion in result.Completions) completion.PromptLogProbs.Length.ShouldBe(completion.Failure is null ? 3 : 0);
        }

        numFirstFailed.ShouldBeInRange(3, 17);
    }

    [Fact]
    public async Task GenerateAsync_SoFar_EndedSiblingsAreKeptAndTheOthersGoOnFromTheirs()
    {
        await using var engine = new CountingEngine(new SyntheticOptions { TokensPerSecond = 0 });
        var ended = Groups.Completion("4", 1, 2);
        var aborted = ended with { Finish = FinishReason.Aborted };
        var failed = Completion.Failed(new RolloutFailure(FailureKind.Infrastructure, "generate", "the actor died"));
        var request = Request("p") with { Sampling = Sampling with { N = 4, PromptLogProbs = false }, SoFar = [ended, aborted, failed, null] };

        var result = await new RolloutActor(Id, engine, TimeProvider.System).GenerateAsync(request, default);

        result.Completions[0].ShouldBeSameAs(ended);
        engine.Requests.OrderBy(r => r.Id.Sibling).Select(r => (r.Id.Sibling, r.SoFar)).ShouldBe([(1, aborted), (2, null), (3, null)]);
        result.Completions.ShouldAllBe(c => c.Failure == null);
    }

    private static RolloutRequest Request(string id) => new(new GroupId(Purpose.Train, 0, new PromptId(id)), 0, [1, 2, 3, 4], Sampling);

    private sealed class CountingEngine(SyntheticOptions options) : IGenerationEngine
    {
        private readonly SyntheticEngine _engine = new(options, new ToyTokenizer(100), 1000, TimeProvider.System);

        public int NumScored { get; private set; }

        public List<GenerationRequest> Requests { get; } = [];

        public EngineCapacity Capacity => _engine.Capacity;

        public EngineLoad Load => _engine.Load;

        public PolicyVersion Version => _engine.Version;

        public Task<Completion> GenerateAsync(GenerationRequest request, CancellationToken abort)
        {
            Requests.Add(request);
            if (request.Sampling.PromptLogProbs || request.Score) NumScored++;
            return _engine.GenerateAsync(request, abort);
        }

        public IAsyncEnumerable<GenerationDelta> StreamAsync(GenerationRequest request, CancellationToken abort) => _engine.StreamAsync(request, abort);

        public Task PauseAsync(PauseMode mode, CancellationToken cancellationToken) => _engine.PauseAsync(mode, cancellationToken);

        public Task ResumeAsync(CancellationToken cancellationToken) => _engine.ResumeAsync(cancellationToken);

        public ValueTask DisposeAsync() => _engine.DisposeAsync();
    }
}
