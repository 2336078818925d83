using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>
/// Engines whose ranks have devices of their own: the golden tokens, whatever they sum by. On two simulated devices always; on one GPU that both ranks share, on NCCL
/// with one rank, and on two GPUs, where there are.
/// </summary>
[Collection(EngineDeviceCollection.Name)]
public sealed class ParallelDeviceTests(EngineDevices devices)
{
    private static readonly ParallelPlan TwoRanks = new(2);

    public static TheoryData<string, ElementType, bool> Cases => new(
    [
        .. from model in Fixtures.Names("models")
           where !Faults(model, TwoRanks).Any()
           from type in new[] { ElementType.Float32, ElementType.BFloat16 }
           from deterministic in new[] { false, true }
           select (model, type, deterministic),
    ]);

    [Fact]
    public async Task Generate_TwoSimulatedRanks_GivesTheReferencesTokens()
    {
        const string Model = "deepseek-v2-lite";
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1", "the simulated device is slow, and a GPU's tests are asked for alone");
        await using var engine = Load(Model, ElementType.Float32, devices.SimulatedPair.Value, new EngineOptions { MaxRunning = 2, MaxBatchedTokens = 7, MaxScoredRows = 2, PipelineDepth = 1, Parallel = new(2, ExpertParallel: 2) });

        await DeviceFixtureTests.ShouldGenerate(engine, Model, ElementType.Float32, [7], 2);
    }

    [Fact]
    public async Task Generate_WhatTheHostDraws_IsTheSameOnAllRanks()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1", "the simulated device is slow, and a GPU's tests are asked for alone");
        const string Model = "qwen3";
        await using var here = Engines.Load(Model);
        await using var there = Load(Model, ElementType.Float32, devices.SimulatedPair.Value, new EngineOptions { MaxRunning = 1, MaxBatchedTokens = 3, MaxScoredRows = 1, PipelineDepth = 1, Parallel = TwoRanks });
        var request = Engines.Request("r", [1, 2, 3], new SamplingParams { Seed = 3, MaxTokens = 2, IgnoreEos = true, LogProbs = new LogProbDetail(2), LogProbMode = LogProbMode.Processed });

        var (expected, completion) = (await here.GenerateAsync(request, default), await there.GenerateAsync(request, default));

        completion.Failure.ShouldBeNull();
        completion.TokenIds.AsEnumerable().ShouldBe(expected.TokenIds);
        completion.Top.TokenIds.AsEnumerable().ShouldBe(expected.Top.TokenIds);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_TwoRanksOnOneGpu_GivesTheReferencesTokens(string model, ElementType type, bool deterministic)
    {
        devices.NeedGpu();

        await ShouldGenerate(model, type, devices.SharedGpu.Value, new EngineOptions { Parallel = TwoRanks, Deterministic = deterministic });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_OneRankOverNccl_GivesTheReferencesTokens(string model, ElementType type, bool deterministic)
    {
        await ShouldGenerate(model, type, [devices.NeedGpu()], new EngineOptions { Collectives = DeviceCollectives.Nccl, Deterministic = deterministic });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_TwoGpus_GivesTheReferencesTokens(string model, ElementType type, bool deterministic)
    {
        NeedTwoGpus();

        await ShouldGenerate(model, type, devices.GpuPair.Value, new EngineOptions { Parallel = TwoRanks, Collectives = DeviceCollectives.PeerMemory, Deterministic = deterministic });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Generate_TwoGpusOverNccl_GivesTheReferencesTokens(string model, ElementType type, bool deterministic)
    {
        NeedTwoGpus();

        await ShouldGenerate(model, type, devices.GpuPair.Value, new EngineOptions { Parallel = TwoRanks, Collectives = DeviceCollectives.Nccl, Deterministic = deterministic });
    }

    [Fact]
    public async Task Sleep_TwoGpus_GoesOnWithTheSameTokens()
    {
        NeedTwoGpus();
        await using var engine = Load("qwen3", ElementType.Float32, devices.GpuPair.Value, new EngineOptions { MaxRunning = 16, MaxBatchedTokens = 64, PipelineDepth = 1, Parallel = TwoRanks });
        var request = Engines.Request("r", [1, 2, 3, 4, 5], new SamplingParams { Seed = 1, MaxTokens = 40, IgnoreEos = true });
        var whole = await engine.GenerateAsync(request, default);

        var running = engine.GenerateAsync(request, default);
        await engine.SleepAsync(default);
        await engine.WakeAsync(default);

        (await running).TokenIds.AsEnumerable().ShouldBe(whole.TokenIds);
    }

    /// <summary>The other rank waits for the sum in vain: on the host, or on its device.</summary>
    [Theory]
    [InlineData(DeviceCollectives.Host)]
    [InlineData(DeviceCollectives.PeerMemory)]
    public async Task Generate_OneRanksGpuFails_EndsAllWithItsError(DeviceCollectives collectives)
    {
        NeedTwoGpus();
        // Devices of their own, for they are of no use afterwards.
        CudaDevice[] gpus = [new(0), new(1)];
        var engine = Load("qwen3", ElementType.Float32, gpus, new EngineOptions { MaxRunning = 4, MaxBatchedTokens = 64, PipelineDepth = 1, Parallel = TwoRanks, Collectives = collectives });
        var request = Engines.Request("r", [1, 2, 3], new SamplingParams { MaxTokens = 20, IgnoreEos = true });
        (await engine.GenerateAsync(request, default)).TokenIds.Length.ShouldBe(20);
        gpus[1].Inject(214);

        var failure = (await engine.GenerateAsync(request, default).WaitAsync(TimeSpan.FromSeconds(60))).Failure;

        failure.ShouldNotBeNull().Message.ShouldContain("214 (injected)");
        await engine.DisposeAsync();
        foreach (var gpu in gpus) gpu.Dispose();
    }

    [Fact]
    public async Task Generate_OneSimulatedRanksDeviceFails_EndsAllWithItsError()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") == "1", "the simulated device is slow, and a GPU's tests are asked for alone");
        KernelDevice[] ranks = [KernelDevice.Simulated(), KernelDevice.Simulated()];
        await using (var engine = Load("llama-mha-tied", ElementType.Float32, ranks, new EngineOptions { MaxRunning = 1, MaxBatchedTokens = 1, MaxScoredRows = 1, PipelineDepth = 1, Parallel = TwoRanks }))
        {
            ranks[1].Inject(214);

            var failure = (await engine.GenerateAsync(Engines.Request("r", [1], SamplingParams.Greedy with { MaxTokens = 1 }), default)).Failure;

            failure.ShouldNotBeNull().Message.ShouldContain("214 (injected)");
        }

        foreach (var device in ranks) device.Dispose();
    }

    [Fact]
    public void Faults_OneGpuForTwoRanks_NamesTheSettingToChange()
    {
        var config = ModelConfigReader.Read(Fixtures.Path("models", "qwen3"));

        EngineFit.Faults(config, new EngineOptions { Device = DevicePlacement.Gpu(0), Parallel = TwoRanks }).ShouldHaveSingleItem().ShouldBe("parallel.tp 2: device cuda:0 names 1 GPUs; name 2 for each replica, or cuda for the first ones");
    }

    private static IEnumerable<string> Faults(string model, ParallelPlan plan)
    {
        var config = ModelConfigReader.Read(Fixtures.Path("models", model));
        return ParallelFit.Faults(config, plan).Concat(DeviceFit.Faults(config, plan));
    }

    private static async Task ShouldGenerate(string model, ElementType type, CudaDevice[] gpus, EngineOptions options)
    {
        await using var engine = Load(model, type, gpus, options with { MaxRunning = 16, MaxBatchedTokens = 256, PipelineDepth = 1 });

        await DeviceFixtureTests.ShouldGenerate(engine, model, type, Engines.Golden(model).Lengths(), 24);
    }

    private static void NeedTwoGpus() => Assert.SkipWhen(CudaDevice.Count < 2, "no two GPUs here");

    private static Engine Load(string model, ElementType type, IReadOnlyList<KernelDevice> ranks, EngineOptions options)
    {
        var folder = Fixtures.Path("models", model);
        return DeviceEngineLoader.Load(folder, ModelConfigReader.Read(folder), type, options with { KvBytes = 16 << 20, Threads = 2 }, new ToyTokenizer(Engines.Vocabulary), ranks, ownsDevices: false);
    }
}
