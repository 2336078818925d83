using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>The golden models where KV is so short that sequences are preempted and computed again, and where siblings share their prompt's blocks.</summary>
public class PreemptionFixtureTests
{
    public static TheoryData<string> Models => [.. Fixtures.Names("models")];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Generate_LittleKvAndSiblings_GivesTheReferencesTokens(string model)
    {
        var golden = Engines.Golden(model);
        var config = ModelConfigReader.Read(Fixtures.Path("models", model));
        var prompts = golden.Lengths().Where(l => l <= 130).ToArray();
        var blocks = (prompts[^1] + 24 + 15) / 16 + 1;
        var options = new EngineOptions { MaxBatchedTokens = 256, PipelineDepth = 1, KvBytes = blocks * KvMemory.BlockBytes(config, new ParallelPlan(), ElementType.Float32, 16) };
        await using var engine = Engines.Load(model, options: options);
        var sampling = SamplingParams.Greedy with { MaxTokens = 24, IgnoreEos = true };
        int[] lengths = [.. prompts.SelectMany(l => Enumerable.Repeat(l, 3))];

        var together = await Task.WhenAll(lengths.Select((l, i) => engine.GenerateAsync(Engines.Request($"{l}", golden.Ints($"input_ids.{l}"), sampling, i % 3), default)));

        foreach (var (length, completion) in lengths.Zip(together)) ModelFixtureTests.ShouldBeGreedy(completion, golden, length);
        // Behind a window blocks come back by themselves.
        if (config.LargestWindow == 0) together.Sum(c => c.NumPreempted).ShouldBeGreaterThan(0);
    }
}
