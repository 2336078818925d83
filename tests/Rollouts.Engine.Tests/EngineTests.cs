using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>What an engine promises whatever the model: the same tokens however sequences are packed, one end a sequence, stops, aborts, pauses.</summary>
public class EngineTests
{
    private const string Model = "llama-gqa-llama3rope";
    private static readonly SamplingParams Sampling = new() { MaxTokens = 40, Seed = 5, IgnoreEos = true };

    public static TheoryData<ElementType, int> Depths => new([.. from type in new[] { ElementType.Float32, ElementType.BFloat16 } from depth in new[] { 0, 1 } select (type, depth)]);

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Generate_AloneOrSixtyFourTogetherOrPreempted_DrawsTheSameTokens(ElementType type, int depth)
    {
        var options = new EngineOptions { Deterministic = true, PipelineDepth = depth };
        var requests = Requests(64);
        await using var one = Engines.Load(Model, type, options with { MaxRunning = 1, PrefixCache = false });
        await using var many = Engines.Load(Model, type, options with { MaxBatchedTokens = 100 });
        // Room for about seven whole sequences of 64 that want to run.
        await using var tight = Engines.Load(Model, type, options with { KvBytes = 50 * KvBlockBytes(type) });

        var alone = await AllAsync(one, requests);
        var together = await AllAsync(many, requests);
        var preempted = await AllAsync(tight, requests);

        tight.Load.Preemptions.ShouldBeGreaterThan(0);
        preempted.Sum(c => c.NumPreempted).ShouldBe((int)tight.Load.Preemptions);
        foreach (var (a, b, c) in alone.Zip(together, preempted))
        {
            b.TokenIds.AsEnumerable().ShouldBe(a.TokenIds);
            b.LogProbs.AsEnumerable().ShouldBe(a.LogProbs);
            c.TokenIds.AsEnumerable().ShouldBe(a.TokenIds);
            c.LogProbs.AsEnumerable().ShouldBe(a.LogProbs);
        }
    }

    [Fact]
    public async Task Generate_Siblings_DifferByTheirNoiseAndShareTheirPrompt()
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { MaxRunning = 16 });
        int[] prompt = [.. Enumerable.Range(0, 160).Select(i => i % 300)];

        await engine.PauseAsync(PauseMode.Wait, default);
        var running = Enumerable.Range(0, 16).Select(i => engine.GenerateAsync(Engines.Request("p", prompt, Sampling, i), default)).ToArray();
        await engine.ResumeAsync(default);
        var siblings = await Task.WhenAll(running);

        siblings.Select(s => string.Join(' ', s.TokenIds)).Distinct().Count().ShouldBe(16);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_ContinuedFromItsOwnTokens_EndsAsIfItHadNeverStopped(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true, PipelineDepth = depth });
        var sampling = Sampling with { RepetitionPenalty = 1.3f, FrequencyPenalty = 0.2f };
        var whole = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], sampling), default);
        var part = whole with { TokenIds = whole.TokenIds[..17], LogProbs = whole.LogProbs[..17], Versions = whole.Versions[..17] };

        var continued = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], sampling) with { SoFar = part }, default);

        continued.TokenIds.AsEnumerable().ShouldBe(whole.TokenIds);
        continued.LogProbs.AsEnumerable().ShouldBe(whole.LogProbs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_StopTokenAndStopString_EndWhereTheyAre(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { PipelineDepth = depth });
        var free = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling), default);
        var (seventh, pair) = (free.TokenIds[7], ToyTokenizer.Text(free.TokenIds[9], free.TokenIds[10]));
        var first = free.TokenIds.IndexOf(seventh);

        var atToken = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling with { StopTokenIds = [seventh] }), default);
        var atText = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling with { Stop = [pair] }), default);
        var included = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling with { Stop = [pair], IncludeStop = true }), default);

        atToken.Finish.ShouldBe(FinishReason.Stop);
        atToken.StopReason.ShouldBe($"{seventh}");
        atToken.TokenIds.Length.ShouldBe(first + 1);
        atToken.Text.ShouldBe(ToyTokenizer.Text([.. free.TokenIds[..first]]));
        atText.StopReason.ShouldBe(pair);
        atText.TokenIds.AsEnumerable().ShouldBe(free.TokenIds[..11]);
        atText.Text.ShouldBe(ToyTokenizer.Text([.. free.TokenIds[..9]]));
        included.Text.ShouldBe(ToyTokenizer.Text([.. free.TokenIds[..11]]));
    }

    [Fact]
    public async Task Generate_ContinuedInTheMiddleOfAStopString_StopsAtIt()
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true });
        var free = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling), default);
        var stopping = Sampling with { Stop = [ToyTokenizer.Text(free.TokenIds[9], free.TokenIds[10])] };
        var whole = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], stopping), default);
        var part = free with { TokenIds = free.TokenIds[..10], LogProbs = free.LogProbs[..10], Versions = free.Versions[..10] };

        var continued = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], stopping) with { SoFar = part }, default);

        continued.TokenIds.AsEnumerable().ShouldBe(whole.TokenIds);
        continued.Text.ShouldBe(whole.Text);
    }

    [Fact]
    public async Task Generate_ContextFull_EndsAsLength()
    {
        await using var engine = Engines.Load(Model);

        var completion = await engine.GenerateAsync(Engines.Request("p", [.. Enumerable.Range(0, 250)], Sampling), default);

        completion.Finish.ShouldBe(FinishReason.Length);
        completion.TokenIds.Length.ShouldBe(6);
    }

    [Fact]
    public async Task Generate_PromptBeyondTheContext_IsAFailureThatSaysSo()
    {
        await using var engine = Engines.Load(Model);

        var completion = await engine.GenerateAsync(Engines.Request("p", [.. Enumerable.Range(0, 256)], Sampling), default);

        completion.Failure!.Kind.ShouldBe(FailureKind.Data);
        completion.Failure.Message.ShouldContain("256 tokens");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_AbortedAtAnyMoment_EndsOnceAndTheEngineGoesOn(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { MaxRunning = 8, PipelineDepth = depth });
        var random = new Random(8);
        var running = new List<Task<Completion>>();
        for (var i = 0; i < 200; i++)
        {
            var abort = new CancellationTokenSource();
            if (random.Next(2) == 0) abort.CancelAfter(TimeSpan.FromMilliseconds(random.Next(60)));
            running.Add(engine.GenerateAsync(Engines.Request($"{i}", [1, 2, 3], Sampling), abort.Token));
        }

        var ended = await Task.WhenAll(running);

        ended.ShouldAllBe(c => c.Finish == FinishReason.Aborted || c.Finish == FinishReason.Length);
        ended.ShouldContain(c => c.Finish == FinishReason.Length);
        (await engine.GenerateAsync(Engines.Request("last", [1, 2, 3], Sampling), default)).TokenIds.Length.ShouldBe(40);
        // The load is told at a step's end, a moment after the last completion.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (engine.Load is not { Running: 0, KvUse: 0 }) await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
    }

    [Fact]
    public async Task Pause_Abort_GivesPartialTokensAndResumeTakesNewOnes()
    {
        await using var engine = Engines.Load(Model);
        var running = Enumerable.Range(0, 20).Select(i => engine.GenerateAsync(Engines.Request($"{i}", [1, 2, 3], Sampling with { MaxTokens = 200 }), default)).ToArray();

        await engine.PauseAsync(PauseMode.Abort, default);
        var ended = await Task.WhenAll(running);
        var next = engine.GenerateAsync(Engines.Request("next", [1], Sampling), default);
        await engine.ResumeAsync(default);

        ended.ShouldAllBe(c => c.Finish == FinishReason.Aborted || c.Finish == FinishReason.Length);
        (await next).TokenIds.Length.ShouldBe(40);
    }

    [Fact]
    public async Task Stream_ReadSlowly_JoinsToTheCompletion()
    {
        await using var engine = Engines.Load(Model);
        var deltas = new List<GenerationDelta>();

        await foreach (var delta in engine.StreamAsync(Engines.Request("p", [1, 2, 3], Sampling), default)) deltas.Add(delta);

        var completion = deltas[^1].Completion!;
        deltas.SelectMany(d => d.TokenIds).ShouldBe(completion.TokenIds);
        string.Concat(deltas.Select(d => d.Text)).ShouldBe(completion.Text);
        deltas.Count(d => d.Completion is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Dispose_WhileSequencesRun_EndsThemAll()
    {
        var engine = Engines.Load(Model);
        var running = Enumerable.Range(0, 50).Select(i => engine.GenerateAsync(Engines.Request($"{i}", [1, 2, 3], Sampling with { MaxTokens = 250 }), default)).ToArray();

        await engine.DisposeAsync();

        (await Task.WhenAll(running)).ShouldAllBe(c => c.Finish == FinishReason.Aborted || c.Finish == FinishReason.Length);
        (await engine.GenerateAsync(Engines.Request("late", [1], Sampling), default)).Failure!.Kind.ShouldBe(FailureKind.Infrastructure);
    }

    private static long KvBlockBytes(ElementType type) => 2L * 2 * 16 * 16 * 3 * type.Bytes();

    private static GenerationRequest[] Requests(int count)
    {
        return [.. Enumerable.Range(0, count).Select(i => Engines.Request($"{i / 4}", [.. Enumerable.Range(0, 5 + i / 4 * 5).Select(t => (t * 7 + i / 4) % 384)], Sampling, i % 4))];
    }

    private static Task<Completion[]> AllAsync(Engine engine, GenerationRequest[] requests) => Task.WhenAll(requests.Select(r => engine.GenerateAsync(r, default)));
}
