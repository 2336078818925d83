using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Whether a model can do what an engine's options ask.</summary>
public static class EngineFit
{
    /// <summary>What it cannot, each with the setting to change; empty where it can do all.</summary>
    public static IEnumerable<string> Faults(ModelConfig config, EngineOptions options)
    {
        foreach (var fault in ParallelFit.Faults(config, options.Parallel)) yield return fault;
        if (!options.Device.IsGpu && options.KvShare > 0) yield return "engine.kv_memory: percentages are of a GPU's memory; on a processor give a size like 2GiB";
        if (options.Device.IsGpu)
            foreach (var fault in OnGpu(config, options)) yield return fault;
        if (options.ReturnRoutedExperts && config.Mixture is null) yield return $"engine.return_routed_experts: a {config.ModelType} model has no experts";
    }

    private static IEnumerable<string> OnGpu(ModelConfig config, EngineOptions options)
    {
        foreach (var fault in DeviceFit.Faults(config, options.Parallel)) yield return fault;
        if (options.BlockSize != DevicePagedKv.BlockSize) yield return $"engine.block_size {options.BlockSize}: on a GPU it is {DevicePagedKv.BlockSize}";
        if (options.ReturnRoutedExperts) yield return "engine.return_routed_experts: not on a GPU yet; set device: cpu";
        if (!options.Device.CanHold(options.Parallel.NumRanks)) yield return $"parallel.tp {options.Parallel.NumRanks}: device {options.Device} names {options.Device.Gpus.Length} GPUs; name {options.Parallel.NumRanks} for each replica, or cuda for the first ones";
    }
}
