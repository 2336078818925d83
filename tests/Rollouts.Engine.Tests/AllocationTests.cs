using Rollouts.Kernels;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

public class AllocationTests
{
    public static TheoryData<SamplingParams> Plain =>
    [
        new SamplingParams { Seed = 1 },
        new SamplingParams { Seed = 1, TopK = 20, TopP = 0.9f, Temperature = 0.7f, BadTokenIds = [3], LogitBias = [new LogitBias(4, 1)], MinTokens = 10 },
        new SamplingParams { Temperature = 0, LogProbs = LogProbDetail.None },
    ];

    [Theory]
    [MemberData(nameof(Plain))]
    public void Step_Decoding_AllocatesNothing(SamplingParams sampling) => ShouldAllocateNothing("llama-gqa-llama3rope", sampling);

    [Theory]
    [InlineData("mistral-window")]
    [InlineData("qwen3-moe")]
    [InlineData("deepseek-v3")]
    public void Step_DecodingOfAFamily_AllocatesNothing(string model) => ShouldAllocateNothing(model, new SamplingParams { Seed = 1 });

    private static void ShouldAllocateNothing(string model, SamplingParams sampling)
    {
        using var engine = new DecodeBenchmark(Fixtures.Path("models", model), ElementType.Float32, batch: 4, context: 20, steps: 60, sampling, new EngineOptions { Threads = 2 });
        for (var i = 0; i < 40; i++) engine.Step();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) engine.Step();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
