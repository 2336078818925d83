using Rollouts.Kernels;
using Rollouts.Kernels.Cuda;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Makes engines that run on a kernel device.</summary>
internal static class DeviceEngineLoader
{
    /// <summary>The GPU that the options name.</summary>
    /// <exception cref="ModelFormatException">No driver, no such GPU, a libtorch without CUDA, or memory that does not suffice.</exception>
    public static Engine Load(string folder, ModelConfig config, ElementType type, EngineOptions options, ITokenizer tokenizer) =>
        Load(folder, config, type, options with { PipelineDepth = 1 }, tokenizer, Open(options), ownsDevice: true);

    /// <summary>A device that is there already.</summary>
    public static Engine Load(string folder, ModelConfig config, ElementType type, EngineOptions options, ITokenizer tokenizer, KernelDevice device, bool ownsDevice)
    {
        var (runner, blocks) = LoadRunner((model, team) => DeviceModel.Load(folder, config, model, device, team), config, type, options, folder, device, ownsDevice);
        return new Engine(runner, tokenizer, config, blocks, options);
    }

    /// <summary>The GPU that the options name, and a libtorch for it.</summary>
    public static CudaDevice Open(EngineOptions options)
    {
        var (gpu, count) = (options.Device.Gpus[0], CudaDevice.Count);
        if (gpu >= count) throw new ModelFormatException($"device {options.Device}: " + (count == 0 ? "there is no NVIDIA driver, or no GPU, on this machine; set device: cpu" : $"this machine has {count} GPUs, counted from 0"));
        if (options.Deterministic) LibTorch.PrepareDeterminism();
        LibTorch.EnsureCuda();
        return new CudaDevice(gpu);
    }

    /// <summary>A runner with its KV, and the blocks that it has.</summary>
    /// <param name="load">Loads or makes the model.</param>
    /// <param name="name">Of the model, for errors.</param>
    /// <param name="ownsDevice">Whether the device is the runner's from here on.</param>
    public static (DeviceRunner Runner, int NumBlocks) LoadRunner(
        Func<ModelOptions, IWorkerTeam, DeviceModel> load, ModelConfig config, ElementType type, EngineOptions options, string name, KernelDevice device, bool ownsDevice)
    {
        try
        {
            using var scope = device.BeginScope();
            IWorkerTeam team = new WorkerTeam(options.Threads);
            var model = load(new ModelOptions(type, config.MaxLength, options.MaxBatchedTokens, options.MaxRunning + options.MaxScoredRows) { BatchInvariant = options.Deterministic }, team);
            var runner = new DeviceRunner(model, options, config.EosTokenIds, team, ownsDevice ? device : null);
            var bytes = runner.WarmUp(options);
            var blocks = EngineLoader.NumBlocks(config, model.KvBlockBytes, options.KvShare > 0 ? (long)(bytes * options.KvShare) : options.KvBytes, options);
            model.ReserveKv(blocks);
            if (options.Deterministic) DeterminismCheck.Run(model, blocks, options, name);
            scope.Keep();
            return (runner, blocks);
        }
        catch (CudaFailure e) when (e.IsOutOfMemory)
        {
            if (ownsDevice) device.Dispose();
            throw new ModelFormatException($"{name}: the GPU's memory does not suffice ({e.Message}); lower engine.kv_memory, engine.max_batched_tokens or engine.max_running", e);
        }
    }
}
