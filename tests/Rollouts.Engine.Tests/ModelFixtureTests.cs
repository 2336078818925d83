using System.Text.Json;
using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>The golden models through the whole engine: greedy tokens and log-probabilities, whatever the chunking, batching, pipeline depth and mode.</summary>
public class ModelFixtureTests
{
    /// <summary>Model, element type, tokens of a step, pipeline depth, deterministic mode.</summary>
    public static TheoryData<string, ElementType, int, int, bool> Cases => new(
    [
        .. from model in Fixtures.Names("models")
           from type in new[] { ElementType.Float32, ElementType.BFloat16 }
           from way in new (int Chunk, int Depth, bool Deterministic)[] { (8, 0, true), (8, 1, false), (2048, 0, false), (2048, 1, true) }
           select (model, type, way.Chunk, way.Depth, way.Deterministic),
    ]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_Greedy_GivesTheReferencesTokensAloneAndTogether(string model, ElementType type, int chunk, int depth, bool deterministic)
    {
        await using var engine = Engines.Load(model, type, new EngineOptions { MaxBatchedTokens = chunk, PipelineDepth = depth, Deterministic = deterministic });
        var golden = Engines.Golden(model);
        var sampling = SamplingParams.Greedy with { MaxTokens = 24, IgnoreEos = true };
        GenerationRequest Request(int length) => Engines.Request($"{length}", golden.Ints($"input_ids.{length}"), sampling);

        var together = await Task.WhenAll(golden.Lengths().Select(l => engine.GenerateAsync(Request(l), default)));

        foreach (var (length, batched) in golden.Lengths().Zip(together))
        {
            var alone = await engine.GenerateAsync(Request(length), default);
            if (deterministic) alone.TokenIds.AsEnumerable().ShouldBe(batched.TokenIds);
            if (deterministic) alone.LogProbs.AsEnumerable().ShouldBe(batched.LogProbs);
            if (type == ElementType.BFloat16) continue;
            ShouldBeGreedy(alone, golden, length);
            ShouldBeGreedy(batched, golden, length);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Score_PromptAndContinuation_GivesTheReferencesLogProbabilities(string model, ElementType type, int chunk, int depth, bool deterministic)
    {
        await using var engine = Engines.Load(model, type, new EngineOptions { MaxBatchedTokens = chunk, PipelineDepth = depth, Deterministic = deterministic });
        await ScoreShouldBeGolden(engine, model, type);
    }

    /// <summary>Scores every golden sequence; the errors stay within what the reference itself is allowed.</summary>
    internal static async Task ScoreShouldBeGolden(Engine engine, string model, ElementType type, float tolerance = 1e-5f)
    {
        var golden = Engines.Golden(model);
        using var errors = JsonDocument.Parse(await File.ReadAllBytesAsync(Fixtures.Path("models", "bfloat16-errors.json")));
        foreach (var length in golden.Lengths())
        {
            int[] tokens = [.. golden.Ints($"input_ids.{length}"), .. golden.Ints($"generated.{length}")];
            var expected = golden.Floats($"logprobs.{length}");
            var scored = await engine.GenerateAsync(Engines.Request("s", tokens, SamplingParams.Greedy) with { Score = true }, default);

            scored.PromptLogProbs.Length.ShouldBe(expected.Length);
            var off = scored.PromptLogProbs.Zip(expected, (a, b) => Math.Abs(a - b)).ToArray();
            var largest = golden.Floats($"logits_last8.{length}").Max(MathF.Abs);
            if (type == ElementType.Float32) off.Max().ShouldBeLessThanOrEqualTo(tolerance * MathF.Max(2, largest));
            else off.Average().ShouldBeLessThanOrEqualTo((Engines.IsRouted(model) ? 2 : 1.5f) * errors.RootElement.GetProperty(model).GetProperty($"{length}").GetSingle() + 0.003f);
        }
    }

    /// <summary>The same tokens wherever the reference's best was clearly ahead, and their log-probabilities; after a tie that went the other way the texts may part.</summary>
    internal static void ShouldBeGreedy(Completion completion, GoldenTensors golden, int length)
    {
        var (expected, margins, logProbs) = (golden.Ints($"generated.{length}"), golden.Floats($"margin.{length}"), golden.Floats($"logprobs.{length}")[^24..]);
        var tolerance = 1e-5f * MathF.Max(2, golden.Floats($"logits_last8.{length}").Max(MathF.Abs));
        for (var i = 0; i < expected.Length; i++)
        {
            if (margins[i] <= 1e-3 && completion.TokenIds[i] != expected[i]) return;
            completion.TokenIds[i].ShouldBe(expected[i], $"token {i} after {length}");
            completion.LogProbs[i].ShouldBe(logProbs[i], tolerance, $"token {i} after {length}");
        }
    }
}
