using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>The golden models spread over ranks, tensor- and expert-parallel: the same expected values.</summary>
public class ParallelFixtureTests
{
    public static TheoryData<string, ElementType, int, int> Cases => new(
    [
        .. from model in Fixtures.Names("models")
           from type in new[] { ElementType.Float32, ElementType.BFloat16 }
           from plan in Engines.IsRouted(model) ? new (int Tensor, int Expert)[] { (2, 1), (2, 2), (4, 1), (4, 2), (4, 4) } : [(2, 1), (4, 1)]
           where type == ElementType.Float32 || plan.Tensor == 2
           select (model, type, plan.Tensor, plan.Expert),
    ]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task GenerateAndScore_SpreadOverRanks_GiveTheReferencesNumbers(string model, ElementType type, int tensorParallel, int expertParallel)
    {
        var plan = new ParallelPlan(tensorParallel, ExpertParallel: expertParallel);
        await using var engine = Engines.Load(model, type, new EngineOptions { MaxBatchedTokens = 64, Parallel = plan });
        var golden = Engines.Golden(model);
        var sampling = SamplingParams.Greedy with { MaxTokens = 24, IgnoreEos = true };

        await ModelFixtureTests.ScoreShouldBeGolden(engine, model, type);
        if (type == ElementType.BFloat16) return;
        var together = await Task.WhenAll(golden.Lengths().Select(l => engine.GenerateAsync(Engines.Request($"{l}", golden.Ints($"input_ids.{l}"), sampling), default)));
        foreach (var (length, completion) in golden.Lengths().Zip(together)) ModelFixtureTests.ShouldBeGreedy(completion, golden, length);
    }

    [Theory]
    [InlineData("llama-gqa-llama3rope", 3, 1, "parallel.tp 3 does not divide the 4 query heads")]
    [InlineData("qwen2", 2, 2, "parallel.ep 2: a qwen2 model has no experts")]
    [InlineData("qwen3-moe", 2, 4, "parallel.ep 4 does not divide parallel.tp 2")]
    [InlineData("deepseek-v3", 8, 1, "parallel.tp 8 does not divide the 4 query heads")]
    public void Load_PlanThatDoesNotFit_NamesBothNumbers(string model, int tensorParallel, int expertParallel, string fault) =>
        Should.Throw<ModelFormatException>(() => Engines.Load(model, options: new EngineOptions { Parallel = new ParallelPlan(tensorParallel, ExpertParallel: expertParallel) })).Message.ShouldContain(fault);
}
