using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>Which experts each token went to: the same whether the prompt's KV was shared, the sequence preempted, or the model spread over ranks.</summary>
public class RoutedExpertsTests
{
    [Theory]
    [InlineData("qwen3-moe")]
    [InlineData("deepseek-v3")]
    public async Task Generate_RoutedExpertsAskedFor_AreThoseOfEveryTokenButTheLast(string model)
    {
        var shape = ModelConfigReader.Read(Fixtures.Path("models", model)).Mixture!.Routed;
        int[] prompt = [.. Enumerable.Range(0, 50).Select(t => t * 7 % 384)];
        var sampling = SamplingParams.Greedy with { MaxTokens = 20, IgnoreEos = true };
        async Task<Completion[]> Run(EngineOptions options, int siblings)
        {
            await using var engine = Engines.Load(model, options: options with { ReturnRoutedExperts = true, Deterministic = true });
            return await Task.WhenAll(Enumerable.Range(0, siblings).Select(i => engine.GenerateAsync(Engines.Request("p", prompt, sampling, i), default)));
        }

        var alone = (await Run(new EngineOptions(), 1))[0];
        var blockBytes = KvMemory.BlockBytes(ModelConfigReader.Read(Fixtures.Path("models", model)), new ParallelPlan(), Kernels.ElementType.Float32, 16);
        Completion[] others =
        [
            .. await Run(new EngineOptions { MaxBatchedTokens = 16, PipelineDepth = 1, KvBytes = 8 * blockBytes }, 6),
            .. await Run(new EngineOptions { Parallel = new ParallelPlan(2, ExpertParallel: 2) }, 2),
        ];

        alone.RoutedExperts.Length.ShouldBe((prompt.Length + 20 - 1) * shape.BytesOfToken);
        alone.RoutedExperts.ShouldAllBe(e => e < 8);
        alone.RoutedExperts.Chunk(shape.NumChosen).ShouldAllBe(k => k.Distinct().Count() == shape.NumChosen);
        others.Sum(c => c.NumPreempted).ShouldBeGreaterThan(0);
        foreach (var other in others) other.RoutedExperts.AsEnumerable().ShouldBe(alone.RoutedExperts);
    }

    [Fact]
    public void Load_ModelWithoutExperts_IsRefused() =>
        Should.Throw<ModelFormatException>(() => Engines.Load("qwen3", options: new EngineOptions { ReturnRoutedExperts = true })).Message.ShouldContain("a qwen3 model has no experts");
}
