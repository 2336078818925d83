using Rollouts.Kernels;

namespace Rollouts.Engine.Tests;

/// <summary>The prompt's own log-probabilities beside a completion are those that scoring the prompt gives, however it is computed.</summary>
public class PromptLogProbTests
{
    private const string Model = "llama-gqa-llama3rope";
    private static readonly SamplingParams Sampling = new() { MaxTokens = 6, Seed = 5, IgnoreEos = true, PromptLogProbs = true };

    public static TheoryData<int, int, int> Packings => new([.. from length in new[] { 1, 2, 16, 17, 33, 100 } from chunk in new[] { 7, 2048 } from depth in new[] { 0, 1 } select (length, chunk, depth)]);

    [Theory]
    [MemberData(nameof(Packings))]
    public async Task Generate_WithPromptLogProbs_AreThoseOfScore(int length, int chunk, int depth)
    {
        var options = new EngineOptions { Deterministic = true, MaxBatchedTokens = chunk, MaxScoredRows = 10, PipelineDepth = depth };
        await using var engine = Engines.Load(Model, options: options);
        int[] prompt = [.. Enumerable.Range(0, length).Select(i => i * 13 % 384)];

        var plain = await engine.GenerateAsync(Engines.Request("p", prompt, Sampling with { PromptLogProbs = false }), default);
        // By now the prefix cache has the prompt.
        var scored = await engine.GenerateAsync(Engines.Request("p", prompt, Sampling) with { Score = true }, default);
        var both = await engine.GenerateAsync(Engines.Request("p", prompt, Sampling), default);

        both.PromptLogProbs.Length.ShouldBe(length - 1);
        both.PromptLogProbs.AsEnumerable().ShouldBe(scored.PromptLogProbs);
        both.TokenIds.AsEnumerable().ShouldBe(plain.TokenIds);
        both.LogProbs.AsEnumerable().ShouldBe(plain.LogProbs);
        plain.PromptLogProbs.ShouldBeEmpty();
        scored.TokenIds.ShouldBeEmpty();
    }

    [Fact]
    public async Task Generate_Fixture_GivesTheReferencesLogProbabilities()
    {
        await using var engine = Engines.Load(Model);
        var golden = Engines.Golden(Model);
        int[] tokens = [.. golden.Ints("input_ids.33"), .. golden.Ints("generated.33")];

        var completion = await engine.GenerateAsync(Engines.Request("p", tokens, Sampling), default);

        completion.PromptLogProbs.Zip(golden.Floats("logprobs.33"), (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f);
    }

    [Fact]
    public async Task Generate_AbortedBeforeThePromptIsScored_HasNone()
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { MaxScoredRows = 1 });

        var running = engine.GenerateAsync(Engines.Request("p", [.. Enumerable.Range(0, 250)], Sampling), default);
        await engine.PauseAsync(PauseMode.Abort, default);
        var completion = await running;

        if (completion.Finish == FinishReason.Aborted && completion.TokenIds.IsEmpty) completion.PromptLogProbs.ShouldBeEmpty();
        else completion.PromptLogProbs.Length.ShouldBe(249);
    }
}
