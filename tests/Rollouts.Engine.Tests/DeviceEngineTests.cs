using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>What an engine on a kernel device does beside decoding: sampling of every kind as on the CPU, sleep, memory. On the simulated device few tokens, on the first GPU more.</summary>
[Collection(EngineDeviceCollection.Name)]
public sealed class DeviceEngineTests(EngineDevices devices)
{
    private const string Model = "qwen3";

    /// <summary>Every kind that the device samples, then every kind for which logits go to the host.</summary>
    [Fact]
    public async Task Generate_EveryKindOfSampling_GivesTheCpusTokens()
    {
        SamplingParams[] kinds =
        [
            new SamplingParams { Temperature = 0.8f, Seed = 3 }, new SamplingParams { Temperature = 1.2f, TopK = 20, TopP = 0.9f, LogProbMode = LogProbMode.Processed }, new SamplingParams { MinP = 0.05f },
            new SamplingParams { RepetitionPenalty = 1.3f, PresencePenalty = 0.4f, FrequencyPenalty = 0.2f }, new SamplingParams { LogProbs = LogProbDetail.TryParse("3", out var three) ? three : default }, new SamplingParams { BadTokenIds = [5, 9], MinTokens = 2 },
            new SamplingParams { FrequencyPenalty = 0.5f, TopP = 0.9f, LogProbs = new LogProbDetail(5) }, new SamplingParams { LogProbs = new LogProbDetail(40) },
            new SamplingParams { LogProbs = new LogProbDetail(2), LogProbMode = LogProbMode.Processed, RepetitionPenalty = 1.2f },
        ];
        foreach (var (device, tokens) in Devices())
        {
            await using var there = Load(device);
            await using var here = Engines.Load(Model);
            // The simulated device is slow: kinds that need most of it.
            foreach (var kind in device is CudaDevice ? kinds : [kinds[6], kinds[8]])
            {
                var request = Engines.Request("r", [1, 2, 3, 4, 5], kind with { MaxTokens = tokens, IgnoreEos = true });
                Completion expected = await here.GenerateAsync(request, default), completion = await there.GenerateAsync(request, default);

                completion.TokenIds.AsEnumerable().ShouldBe(expected.TokenIds, kind.ToString());
                for (var i = 0; i < tokens; i++) completion.LogProbs[i].ShouldBe(expected.LogProbs[i], 1e-3f, kind.ToString());
                completion.Top.TokenIds.AsEnumerable().ShouldBe(expected.Top.TokenIds);
            }
        }
    }

    [Fact]
    public async Task Generate_PenaltiesBesideWhatTheHostDraws_GivesTheCpusTokens()
    {
        var gpu = devices.NeedGpu();
        await using var there = Load(gpu);
        await using var here = Engines.Load(Model);
        // Long ones on the device; short ones, for which whole steps are drawn on the host, come and go beside them.
        var requests = Enumerable.Range(0, 12).Select(i => Engines.Request($"{i}", [1, 2, 3, .. Enumerable.Range(1, i)], i % 3 == 0
            ? new SamplingParams { Seed = i, MaxTokens = 4, IgnoreEos = true, LogProbs = new LogProbDetail(40), PresencePenalty = 0.3f }
            : new SamplingParams { Seed = i, MaxTokens = 40, IgnoreEos = true, FrequencyPenalty = 0.4f, RepetitionPenalty = 1.1f, MinTokens = 3, BadTokenIds = [i] })).ToArray();
        var expected = await Task.WhenAll(requests.Select(r => here.GenerateAsync(r, default)));

        foreach (var order in new[] { requests, [.. requests.Reverse()] })
        {
            var completions = await Task.WhenAll(order.Select(r => there.GenerateAsync(r, default)));

            foreach (var (request, completion) in order.Zip(completions))
                completion.TokenIds.AsEnumerable().ShouldBe(expected[Array.IndexOf(requests, request)].TokenIds, request.Id.ToString());
        }
    }

    [Fact]
    public async Task Generate_DeviceFailsInAStep_EndsWithTheSettingToChange()
    {
        // A device of its own, for it is of no use afterwards.
        using var device = KernelDevice.Simulated();
        await using var engine = Load(device);
        device.Inject(214);

        var completion = await engine.GenerateAsync(Engines.Request("r", [1, 2], SamplingParams.Greedy with { MaxTokens = 2, IgnoreEos = true }), default);

        completion.Failure.ShouldNotBeNull().Kind.ShouldBe(FailureKind.Infrastructure);
        completion.Failure.Message.ShouldContain("214 (injected)");
        completion.Failure.Message.ShouldContain("name another in device");
    }

    [Fact]
    public async Task Generate_GpuFailsInAStep_EndsAndGivesItsMemoryBack()
    {
        devices.NeedGpu();
        var gpu = new CudaDevice(0);
        var before = gpu.Memory.Free;
        var engine = Load(gpu);
        var running = engine.GenerateAsync(Engines.Request("r", [1, 2, 3], new SamplingParams { MaxTokens = 300, IgnoreEos = true }), default);
        gpu.Inject(214);

        (await running).Failure.ShouldNotBeNull().Message.ShouldContain("name another in device");
        await engine.DisposeAsync();

        devices.Gpu!.Bind();
        (before - devices.Gpu.Memory.Free).ShouldBeLessThan(64 << 20);
        gpu.Dispose();
    }

    /// <summary>A real one, which ends the process' use of the GPU: to be run alone.</summary>
    [Fact(Explicit = true)]
    public async Task Generate_KernelWritesWhereItMayNot_EndsWithATypedError()
    {
        var gpu = devices.NeedGpu();
        var engine = Load(gpu);
        var running = engine.GenerateAsync(Engines.Request("r", [1, 2, 3], new SamplingParams { MaxTokens = 300, IgnoreEos = true }), default);
        gpu.Bind();
        TokenFeed.Keep(gpu, 16, 16, 16, 1);

        var failure = (await running).Failure.ShouldNotBeNull();
        failure.Message.ShouldContain("name another in device");
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Sleep_InTheMiddleOfACompletion_GoesOnWithTheSameTokens()
    {
        foreach (var (device, tokens) in Devices())
        {
            await using var engine = Load(device);
            var request = Engines.Request("r", [1, 2, 3, 4, 5], new SamplingParams { Seed = 1, MaxTokens = tokens, IgnoreEos = true });
            var whole = await engine.GenerateAsync(request, default);

            var running = engine.GenerateAsync(request, default);
            await engine.SleepAsync(default);
            await engine.SleepAsync(default);
            await engine.WakeAsync(default);
            var slept = await running;

            slept.TokenIds.AsEnumerable().ShouldBe(whole.TokenIds);
        }
    }

    [Fact]
    public async Task Sleep_OnTheCpu_SaysWhyNotAndGoesOn()
    {
        await using var engine = Engines.Load(Model);

        await Should.ThrowAsync<NotSupportedException>(() => engine.SleepAsync(default));

        (await engine.GenerateAsync(Engines.Request("r", [1, 2], SamplingParams.Greedy with { MaxTokens = 2, IgnoreEos = true }), default)).TokenIds.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Generate_ManyTimesOnAGpu_TakesNoMoreMemory()
    {
        var gpu = devices.NeedGpu();
        await using var engine = Load(gpu);
        Task<Completion[]> Round() => Task.WhenAll(Enumerable.Range(1, 24).Select(i =>
            engine.GenerateAsync(Engines.Request($"{i}", [.. Enumerable.Range(1, i * 4)], new SamplingParams { MaxTokens = i, IgnoreEos = true }), default)));
        for (var i = 0; i < 5; i++) await Round();
        gpu.Bind();
        var before = gpu.Memory.Free;

        for (var i = 0; i < 40; i++) await Round();

        (before - gpu.Memory.Free).ShouldBeLessThan(64 << 20);
    }

    [Fact]
    public async Task Load_MoreThanTheGpuHas_NamesTheSettingAndLeavesTheGpuInUse()
    {
        var gpu = devices.NeedGpu();
        gpu.Bind();
        var before = gpu.Memory.Free;

        Should.Throw<ModelFormatException>(() => Load(gpu, maxBatchedTokens: 1 << 26)).Message.ShouldContain("engine.max_batched_tokens");

        gpu.Bind();
        (before - gpu.Memory.Free).ShouldBeLessThan(64 << 20);
        await using var engine = Load(gpu);
        (await engine.GenerateAsync(Engines.Request("r", [1, 2], SamplingParams.Greedy with { MaxTokens = 2, IgnoreEos = true }), default)).TokenIds.Length.ShouldBe(2);
    }

    private IEnumerable<(KernelDevice Device, int Tokens)> Devices()
    {
        if (Environment.GetEnvironmentVariable("ROLLOUTS_TEST_GPU_ONLY") != "1") yield return (devices.Simulated.Value, 2);
        if (devices.Gpu is { } gpu) yield return (gpu, 40);
    }

    private static Engine Load(KernelDevice device, int? maxBatchedTokens = null)
    {
        var folder = Fixtures.Path("models", Model);
        var options = new EngineOptions { MaxRunning = device is CudaDevice ? 16 : 1, MaxBatchedTokens = maxBatchedTokens ?? (device is CudaDevice ? 64 : 5), MaxScoredRows = 1, PipelineDepth = 1, KvBytes = 8 << 20, Threads = 2 };
        return DeviceEngineLoader.Load(folder, ModelConfigReader.Read(folder), ElementType.Float32, options, new ToyTokenizer(Engines.Vocabulary), [device], ownsDevices: false);
    }
}
