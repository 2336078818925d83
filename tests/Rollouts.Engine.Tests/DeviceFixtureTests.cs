using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>
/// The golden models through the engine on the first GPU, where there is one; a few tokens of two of them on the simulated device always, which runs every thread of
/// a kernel as a thread and is slow.
/// </summary>
[Collection(EngineDeviceCollection.Name)]
public sealed class DeviceFixtureTests(EngineDevices devices)
{
    public static TheoryData<string, ElementType, bool> Cases => new(
    [
        .. from model in Fixtures.Names("models")
           where !DeviceFit.Faults(ModelConfigReader.Read(Fixtures.Path("models", model)), new ParallelPlan()).Any()
           from type in new[] { ElementType.Float32, ElementType.BFloat16 }
           from deterministic in new[] { false, true }
           select (model, type, deterministic),
    ]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_Greedy_GivesTheReferencesTokens(string model, ElementType type, bool deterministic)
    {
        await using var engine = Load(model, type, devices.NeedGpu(), new EngineOptions { MaxRunning = 16, MaxBatchedTokens = 256, PipelineDepth = 1, Deterministic = deterministic });

        await ShouldGenerate(engine, model, type, Engines.Golden(model).Lengths(), 24);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Score_PromptAndContinuation_GivesTheReferencesLogProbabilities(string model, ElementType type, bool deterministic)
    {
        await using var engine = Load(model, type, devices.NeedGpu(), new EngineOptions { MaxRunning = 16, MaxBatchedTokens = 256, PipelineDepth = 1, Deterministic = deterministic });

        await ModelFixtureTests.ScoreShouldBeGolden(engine, model, type, 1e-4f);
    }

    [Theory]
    [InlineData("qwen3", ElementType.Float32)]
    [InlineData("deepseek-v2-lite", ElementType.BFloat16)]
    public async Task Generate_OnTheSimulatedDevice_GivesTheReferencesTokens(string model, ElementType type)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1", "the simulated device is slow, and a GPU's tests are asked for alone");
        await using var engine = Load(model, type, devices.Simulated.Value, new EngineOptions { MaxRunning = 2, MaxBatchedTokens = 5, MaxScoredRows = 2, PipelineDepth = 1 });

        await ShouldGenerate(engine, model, type, [7], 3);
    }

    internal static async Task ShouldGenerate(Engine engine, string model, ElementType type, int[] lengths, int tokens)
    {
        var golden = Engines.Golden(model);
        var sampling = SamplingParams.Greedy with { MaxTokens = tokens, IgnoreEos = true };

        var together = await Task.WhenAll(lengths.Select(l => engine.GenerateAsync(Engines.Request($"{l}", golden.Ints($"input_ids.{l}"), sampling), default)));

        foreach (var (length, completion) in lengths.Zip(together)) ShouldBeGreedy(completion, golden, length, type == ElementType.Float32 ? 1e-4f : 0.05f, isExact: type == ElementType.Float32 || !Engines.IsRouted(model));
    }


    private static Engine Load(string model, ElementType type, KernelDevice device, EngineOptions options)
    {
        var folder = Fixtures.Path("models", model);
        return DeviceEngineLoader.Load(folder, ModelConfigReader.Read(folder), type, options with { KvBytes = 8 << 20, Threads = 2 }, new ToyTokenizer(Engines.Vocabulary), [device], ownsDevices: false);
    }

    /// <summary>The same tokens wherever the reference's best was clearly ahead, and their log-probabilities.</summary>
    private static void ShouldBeGreedy(Completion completion, GoldenTensors golden, int length, float tolerance, bool isExact)
    {
        var (expected, margins, logProbs) = (golden.Ints($"generated.{length}"), golden.Floats($"margin.{length}"), golden.Floats($"logprobs.{length}")[^24..]);
        completion.Failure.ShouldBeNull();
        var scale = tolerance * MathF.Max(2, golden.Floats($"logits_last8.{length}").Max(MathF.Abs));
        for (var i = 0; i < completion.TokenIds.Length; i++)
        {
            if ((margins[i] <= 4 * scale || !isExact) && completion.TokenIds[i] != expected[i]) return;
            completion.TokenIds[i].ShouldBe(expected[i], $"token {i} after {length}");
            // Where a router goes the other way at a near tie, a token's distribution may be another.
            if (isExact) completion.LogProbs[i].ShouldBe(logProbs[i], scale, $"token {i} after {length}");
        }
    }
}
