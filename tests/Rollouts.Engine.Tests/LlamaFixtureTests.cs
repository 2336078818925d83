using System.Text.Json;
using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>The golden models through the whole engine: greedy tokens and log-probabilities, whatever the chunking, batching and pipeline depth.</summary>
public class LlamaFixtureTests
{
    private static readonly int[] Lengths = [7, 33, 100];

    public static TheoryData<string, ElementType, int, int> Cases => new(
    [
        .. from model in Fixtures.Names("models")
           from type in new[] { ElementType.Float32, ElementType.BFloat16 }
           from chunk in new[] { 8, 2048 }
           from depth in new[] { 0, 1 }
           select (model, type, chunk, depth),
    ]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_Greedy_GivesTheReferencesTokensAloneAndTogether(string model, ElementType type, int chunk, int depth)
    {
        await using var engine = Engines.Load(model, type, new EngineOptions { MaxBatchedTokens = chunk, PipelineDepth = depth });
        var golden = Engines.Golden(model);
        var sampling = SamplingParams.Greedy with { MaxTokens = 24, IgnoreEos = true };
        GenerationRequest Request(int length) => Engines.Request($"{length}", golden.Ints($"input_ids.{length}"), sampling);

        var together = await Task.WhenAll(Lengths.Select(l => engine.GenerateAsync(Request(l), default)));

        foreach (var (length, batched) in Lengths.Zip(together))
        {
            var alone = await engine.GenerateAsync(Request(length), default);
            alone.TokenIds.AsEnumerable().ShouldBe(batched.TokenIds);
            alone.LogProbs.AsEnumerable().ShouldBe(batched.LogProbs);
            if (type == ElementType.Float32) ShouldBeGreedy(batched, golden, length);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Score_PromptAndContinuation_GivesTheReferencesLogProbabilities(string model, ElementType type, int chunk, int depth)
    {
        await using var engine = Engines.Load(model, type, new EngineOptions { MaxBatchedTokens = chunk, PipelineDepth = depth });
        var golden = Engines.Golden(model);
        using var errors = JsonDocument.Parse(await File.ReadAllBytesAsync(Fixtures.Path("models", "bfloat16-errors.json")));

        foreach (var length in Lengths)
        {
            int[] tokens = [.. golden.Ints($"input_ids.{length}"), .. golden.Ints($"generated.{length}")];
            var expected = golden.Floats($"logprobs.{length}");
            var scored = await engine.GenerateAsync(Engines.Request("s", tokens, SamplingParams.Greedy) with { Score = true }, default);

            scored.PromptLogProbs.Length.ShouldBe(expected.Length);
            var off = scored.PromptLogProbs.Zip(expected, (a, b) => Math.Abs(a - b)).ToArray();
            var largest = golden.Floats($"logits_last8.{length}").Max(MathF.Abs);
            if (type == ElementType.Float32) off.Max().ShouldBeLessThanOrEqualTo(1e-5f * MathF.Max(2, largest));
            else off.Average().ShouldBeLessThanOrEqualTo(1.5f * errors.RootElement.GetProperty(model).GetProperty($"{length}").GetSingle() + 0.003f);
        }
    }

    /// <summary>The same tokens wherever the reference's best was clearly ahead; after a tie that went the other way the texts may part.</summary>
    private static void ShouldBeGreedy(Completion completion, GoldenTensors golden, int length)
    {
        var expected = golden.Ints($"generated.{length}");
        var margins = golden.Floats($"margin.{length}");
        for (var i = 0; i < expected.Length; i++)
        {
            if (margins[i] <= 1e-3 && completion.TokenIds[i] != expected[i]) return;
            completion.TokenIds[i].ShouldBe(expected[i], $"token {i} after {length}");
        }
    }
}
