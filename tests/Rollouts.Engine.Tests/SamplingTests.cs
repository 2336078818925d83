using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>Every sampling parameter through the engine, against the plain reference; what is kept beside the tokens is the same whatever else runs.</summary>
public class SamplingTests
{
    private const string Model = "llama-gqa-llama3rope";
    private static readonly int[] Prompt = [1, 2, 3, 2, 300];
    private static readonly SamplingParams Sampling = new() { MaxTokens = 30, Seed = 5, IgnoreEos = true };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_AnyParameters_DrawsAsTheReferenceDoes(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true, PipelineDepth = depth });
        var eos = ModelConfigReader.Read(Fixtures.Path("models", Model)).EosTokenIds;
        var random = new Random(21 + depth);
        for (var trial = 0; trial < 12; trial++)
        {
            var sampling = Any(random) with { Seed = trial, LogProbs = new LogProbDetail(Engines.Vocabulary) };
            var request = Engines.Request("p", Prompt, sampling);

            var raw = await engine.GenerateAsync(request, default);
            var processed = await engine.GenerateAsync(request with { Sampling = sampling with { LogProbMode = LogProbMode.Processed } }, default);

            processed.TokenIds.AsEnumerable().ShouldBe(raw.TokenIds);
            for (var i = 0; i < raw.TokenIds.Length; i++)
            {
                var expected = SamplingReference.Processed(Row(raw, i), Prompt, raw.TokenIds[..i], sampling, eos);
                ShouldAgree(Row(processed, i), expected, $"{sampling}, trial {trial}, token {i}");
                var noisy = SamplingReference.Noisy(expected, NoiseKey.For(sampling.Seed, request.Id), i);
                if (sampling.Temperature > 0) noisy[raw.TokenIds[i]].ShouldBe(noisy.Max(), 1e-4, $"trial {trial}, token {i}");
                raw.LogProbs[i].ShouldBe(Row(raw, i)[raw.TokenIds[i]]);
                processed.LogProbs[i].ShouldBe(Row(processed, i)[raw.TokenIds[i]]);
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32, 0)]
    [InlineData(ElementType.Float32, 1)]
    [InlineData(ElementType.BFloat16, 1)]
    public async Task Generate_AloneTogetherOrPreempted_KeepsTheSameBeside(ElementType type, int depth)
    {
        var options = new EngineOptions { Deterministic = true, PipelineDepth = depth };
        var requests = Requests();
        await using var one = Engines.Load(Model, type, options with { MaxRunning = 1, PrefixCache = false });
        await using var many = Engines.Load(Model, type, options with { MaxBatchedTokens = 60, MaxScoredRows = 23 });
        await using var tight = Engines.Load(Model, type, options with { KvBytes = 40 * 2L * 2 * 16 * 16 * 3 * type.Bytes(), MaxScoredRows = 50 });

        var alone = await AllAsync(one, requests);
        var together = await AllAsync(many, requests);
        var preempted = await AllAsync(tight, requests);

        tight.Load.Preemptions.ShouldBeGreaterThan(0);
        alone.ShouldAllBe(c => c.Top.K == 5 && c.Top.LogProbs.Length == 5 * c.TokenIds.Length && c.PromptLogProbs.Length > 3);
        foreach (var (a, b, c) in alone.Zip(together, preempted))
        {
            ShouldBeSame(b, a);
            ShouldBeSame(c, a);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_ContinuedFromAnyToken_KeepsWhatTheFirstPartHad(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true, PipelineDepth = depth });
        var request = Requests()[3];
        var whole = await engine.GenerateAsync(request, default);

        foreach (var tokens in new[] { 0, 1, 13, whole.TokenIds.Length - 1, whole.TokenIds.Length })
        {
            var part = whole with { TokenIds = whole.TokenIds[..tokens], LogProbs = whole.LogProbs[..tokens], Versions = whole.Versions[..tokens], Top = whole.Top.Take(tokens) };
            if (tokens == 1) part = part with { PromptLogProbs = [] };
            ShouldBeSame(await engine.GenerateAsync(request with { SoFar = part }, default), whole);
        }
    }

    [Fact]
    public async Task Generate_SiblingOfAnyNumber_DrawsTheSame()
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true });

        var third = await engine.GenerateAsync(Engines.Request("p", Prompt, Sampling with { N = 4 }, sibling: 3), default);
        var amongMany = await AllAsync(engine, [.. Enumerable.Range(0, 16).Select(i => Engines.Request("p", Prompt, Sampling with { N = 16 }, i))]);

        amongMany[3].TokenIds.AsEnumerable().ShouldBe(third.TokenIds);
        amongMany.Select(c => string.Join(' ', c.TokenIds)).Distinct().Count().ShouldBe(16);
    }

    [Fact]
    public async Task Generate_WithoutLogProbs_DrawsTheSameAndKeepsNone()
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true });

        var with = await engine.GenerateAsync(Engines.Request("p", Prompt, Sampling), default);
        var without = await engine.GenerateAsync(Engines.Request("p", Prompt, Sampling with { LogProbs = LogProbDetail.None }), default);

        without.TokenIds.AsEnumerable().ShouldBe(with.TokenIds);
        without.LogProbs.ShouldBeEmpty();
        with.Top.ShouldBe(TopLogProbs.None);
    }

    private static SamplingParams Any(Random random)
    {
        int[] Tokens(int most) => [.. Enumerable.Range(0, random.Next(most)).Select(_ => random.Next(Engines.Vocabulary)).Distinct()];
        return Sampling with
        {
            Temperature = new[] { 0, 0.6f, 1, 1.7f }[random.Next(4)],
            TopK = random.Next(2) * random.Next(1, 60),
            TopP = random.Next(2) == 0 ? 1 : 0.3f + 0.6f * random.NextSingle(),
            MinP = random.Next(3) == 0 ? 0.1f * random.NextSingle() : 0,
            PresencePenalty = random.Next(2) * (random.NextSingle() * 3 - 1),
            FrequencyPenalty = random.Next(2) * random.NextSingle(),
            MinTokens = random.Next(12),
            StopTokenIds = [.. Tokens(40)],
            BadTokenIds = [.. Tokens(100)],
            LogitBias = [.. Tokens(30).Select(t => new LogitBias(t, random.NextSingle() * 8 - 4))],
        };
    }

    private static GenerationRequest[] Requests()
    {
        var sampling = Sampling with
        {
            LogProbs = new LogProbDetail(5), PromptLogProbs = true, RepetitionPenalty = 1.2f, PresencePenalty = 0.3f, FrequencyPenalty = 0.1f, MinTokens = 9,
            BadTokenIds = [7, 8], LogitBias = [new LogitBias(9, 3), new LogitBias(10, -3)],
        };
        return [.. Enumerable.Range(0, 24).Select(i => Engines.Request($"{i / 4}", [.. Enumerable.Range(0, 5 + i / 4 * 17).Select(t => (t * 7 + i / 4) % 384)], sampling with { LogProbMode = (LogProbMode)(i % 2) }, i % 4))];
    }

    private static Task<Completion[]> AllAsync(Engine engine, GenerationRequest[] requests) => Task.WhenAll(requests.Select(r => engine.GenerateAsync(r, default)));

    /// <summary>Log-probabilities of the whole vocabulary at a place, where all of it was asked for.</summary>
    private static float[] Row(Completion completion, int token)
    {
        var row = new float[completion.Top.K];
        for (var i = 0; i < row.Length; i++) row[completion.Top.TokenIds[token * row.Length + i]] = completion.Top.LogProbs[token * row.Length + i];
        return row;
    }

    private static void ShouldAgree(float[] actual, double[] expected, string where)
    {
        for (var v = 0; v < actual.Length; v++)
        {
            if (double.IsInfinity(expected[v])) actual[v].ShouldBe((float)expected[v], $"{where}, entry {v}");
            else ((double)actual[v]).ShouldBe(expected[v], 1e-4, $"{where}, entry {v}");
        }
    }

    private static void ShouldBeSame(Completion actual, Completion expected)
    {
        actual.TokenIds.AsEnumerable().ShouldBe(expected.TokenIds);
        actual.LogProbs.AsEnumerable().ShouldBe(expected.LogProbs);
        actual.Top.TokenIds.AsEnumerable().ShouldBe(expected.Top.TokenIds);
        actual.Top.LogProbs.AsEnumerable().ShouldBe(expected.Top.LogProbs);
        actual.PromptLogProbs.AsEnumerable().ShouldBe(expected.PromptLogProbs);
        (actual.Text, actual.Finish, actual.StopReason).ShouldBe((expected.Text, expected.Finish, expected.StopReason));
    }
}
