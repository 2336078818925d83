using Rollouts.Kernels;
using Rollouts.Kernels.Cuda;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Makes engines that run on kernel devices.</summary>
internal static class DeviceEngineLoader
{
    /// <summary>The GPUs that the options name.</summary>
    /// <exception cref="ModelFormatException">No driver, no such GPU, a libtorch without CUDA, or memory that does not suffice.</exception>
    public static Engine Load(string folder, ModelConfig config, ElementType type, EngineOptions options, ITokenizer tokenizer) =>
        Load(folder, config, type, options with { PipelineDepth = 1 }, tokenizer, Open(options), ownsDevices: true);

    /// <summary>Devices that are there already, one a rank.</summary>
    public static Engine Load(string folder, ModelConfig config, ElementType type, EngineOptions options, ITokenizer tokenizer, IReadOnlyList<KernelDevice> devices, bool ownsDevices)
    {
        var made = Load(DeviceModelMaker.Folder(folder, config), type, options, devices, ownsDevices);
        return new Engine(made.Runner, tokenizer, config, made.NumBlocks, options);
    }

    /// <summary>The GPUs that the options name, one a rank, and a libtorch for them.</summary>
    public static IReadOnlyList<CudaDevice> Open(EngineOptions options)
    {
        var (gpus, count) = (options.Device.OfReplica(0, options.Parallel.NumRanks).Gpus, CudaDevice.Count);
        if (gpus.Max() >= count) throw new ModelFormatException($"device {options.Device}: " + (count == 0 ? "there is no NVIDIA driver, or no GPU, on this machine; set device: cpu" : $"GPU {gpus.Max()} is asked for; this machine has {count} GPUs, counted from 0"));
        if (options.Deterministic) LibTorch.PrepareDeterminism();
        LibTorch.EnsureCuda();
        return [.. gpus.Select(gpu => new CudaDevice(gpu))];
    }

    /// <summary>A runner with its KV, and the blocks that it has.</summary>
    /// <param name="ownsDevices">Whether the devices are the runner's from here on.</param>
    public static MadeRunner Load(DeviceModelMaker maker, ElementType type, EngineOptions options, IReadOnlyList<KernelDevice> devices, bool ownsDevices)
    {
        var scopes = devices.Select(d => d.BeginScope()).ToArray();
        try
        {
            var made = devices.Count > 1 || options.Collectives != DeviceCollectives.Auto ? LoadRanks(maker, type, options, devices, ownsDevices) : LoadOne(maker, type, options, devices[0], ownsDevices);
            foreach (var scope in scopes) scope.Keep();
            return made;
        }
        catch (Exception e)
        {
            foreach (var scope in scopes) scope.Dispose();
            if (ownsDevices)
                foreach (var device in devices) device.Dispose();
            if (e is CudaFailure { IsOutOfMemory: true })
                throw new ModelFormatException($"{maker.Name}: the GPU's memory does not suffice ({e.Message}); lower engine.kv_memory, engine.max_batched_tokens or engine.max_running", e);
            throw;
        }
        finally
        {
            foreach (var scope in scopes) scope.Dispose();
        }
    }

    private static MadeRunner LoadOne(DeviceModelMaker maker, ElementType type, EngineOptions options, KernelDevice device, bool ownsDevice)
    {
        IWorkerTeam team = new WorkerTeam(options.Threads);
        var model = maker.One(ModelOptionsOf(maker, type, options), device, team);
        var runner = new DeviceRunner(model, options, maker.Config.EosTokenIds, team, ownsDevice ? device : null);
        var free = runner.WarmUp(options);
        var blocks = NumBlocks(maker.Config, model.KvBlockBytes, model.KvBlockBytes, free, options);
        model.ReserveKv(blocks);
        if (options.Deterministic) DeterminismCheck.Run(model, blocks, options, maker.Name);
        return new MadeRunner(runner, blocks, [runner], [model], null);
    }

    private static MadeRunner LoadRanks(DeviceModelMaker maker, ElementType type, EngineOptions options, IReadOnlyList<KernelDevice> devices, bool ownsDevices)
    {
        IWorkerTeam[] teams = [.. devices.Select(_ => new WorkerTeam(Math.Max(1, options.Threads / devices.Count)))];
        var model = maker.Several(ModelOptionsOf(maker, type, options), devices, options.Collectives, teams);
        var (runners, free) = (new DeviceRunner[devices.Count], new long[devices.Count]);
        model.RunOnEach(rank => runners[rank] = new DeviceRunner(model.Ranks[rank], options, maker.Config.EosTokenIds, teams[rank], ownsDevices ? devices[rank] : null, model, rank));
        model.RunOnEach(rank => free[rank] = runners[rank].WarmUp(options));
        var blocks = NumBlocks(maker.Config, model.KvBlockBytes(options.BlockSize), model.Ranks.Max(rank => rank.KvBlockBytes), free.Min(), options);
        model.ReserveKv(options.BlockSize, blocks);
        if (options.Deterministic) DeterminismCheck.Run(model, blocks, options, maker.Name);
        return new MadeRunner(new ParallelDeviceRunner(model, runners), blocks, runners, model.Ranks, model);
    }

    private static ModelOptions ModelOptionsOf(DeviceModelMaker maker, ElementType type, EngineOptions options) =>
        new(type, maker.Config.MaxLength, options.MaxBatchedTokens, options.MaxRunning + options.MaxScoredRows) { BatchInvariant = options.Deterministic, Parallel = options.Parallel };

    /// <summary>A size is of all ranks together; a share is of what is free on the fullest device.</summary>
    private static int NumBlocks(ModelConfig config, long ofAll, long ofOne, long free, EngineOptions options) =>
        options.KvShare > 0 ? EngineLoader.NumBlocks(config, ofOne, (long)(free * options.KvShare), options) : EngineLoader.NumBlocks(config, ofAll, options.KvBytes, options);
}

/// <summary>A runner on kernel devices, and of what it is made, which benchmarks look at.</summary>
/// <param name="NumBlocks">KV blocks.</param>
/// <param name="Ranks">Each rank's own runner.</param>
/// <param name="Models">Each rank's model.</param>
/// <param name="Together">What runs them side by side; null where there is one.</param>
internal sealed record MadeRunner(IStepRunner Runner, int NumBlocks, IReadOnlyList<DeviceRunner> Ranks, IReadOnlyList<DeviceModel> Models, ParallelDeviceModel? Together)
{
    /// <summary>Does something with each rank, on its thread, all at once.</summary>
    public void OnEach(Action<int> action)
    {
        if (Together is null) action(0);
        else Together.RunOnEach(action);
    }
}
