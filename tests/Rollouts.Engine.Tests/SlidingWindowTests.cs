using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>A model whose layers all look back over a window alone gives back what lies behind it: sequences outgrow the blocks that there are.</summary>
public class SlidingWindowTests
{
    private const string Model = "mistral-window";

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public async Task Generate_BlocksForTheWindowAlone_GivesTheReferencesTokens(int depth, bool prefixCache)
    {
        // Six blocks hold 96 tokens; the sequences reach 124.
        await using var engine = Engines.Load(Model, options: Small(depth, prefixCache, blocks: 6));
        var golden = Engines.Golden(Model);
        var sampling = SamplingParams.Greedy with { MaxTokens = 24, IgnoreEos = true };

        var together = await Task.WhenAll(golden.Lengths().Concat(golden.Lengths()).Select((l, i) => engine.GenerateAsync(Engines.Request($"{i}", golden.Ints($"input_ids.{l}"), sampling), default)));

        foreach (var (length, completion) in golden.Lengths().Concat(golden.Lengths()).Zip(together)) ModelFixtureTests.ShouldBeGreedy(completion, golden, length);
        engine.Load.KvUse.ShouldBe(0);
    }

    [Fact]
    public async Task Score_BlocksForTheWindowAlone_GivesTheReferencesLogProbabilities()
    {
        await using var engine = Engines.Load(Model, options: Small(0, true, blocks: 6));

        await ModelFixtureTests.ScoreShouldBeGolden(engine, Model, ElementType.Float32);
    }

    [Fact]
    public async Task Capacity_TooFewBlocksForTheWindow_IsWhatTheBlocksHold()
    {
        await using var engine = Engines.Load(Model, options: Small(0, true, blocks: 4));

        engine.Capacity.MaxLength.ShouldBe(64);
    }

    private static EngineOptions Small(int depth, bool prefixCache, int blocks)
    {
        var config = ModelConfigReader.Read(Fixtures.Path("models", Model));
        return new EngineOptions
        {
            MaxBatchedTokens = 8, PipelineDepth = depth, PrefixCache = prefixCache, KvBytes = blocks * KvMemory.BlockBytes(config, new ParallelPlan(), ElementType.Float32, 16),
        };
    }
}
