using Rollouts.Engine;

namespace Rollouts.Recipes;

/// <summary>An engine's settings as a recipe, or a verb's --set, writes them.</summary>
public static class EngineSettings
{
    /// <summary>What <c>kv_memory: auto</c> means on a processor.</summary>
    public const long DefaultKvBytes = 512L << 20;

    /// <summary>What it means on a GPU: this part of what is free when the model is there.</summary>
    public const double DefaultKvShare = 0.9;

    /// <summary>As the engine takes them.</summary>
    /// <param name="engine">The keys.</param>
    /// <param name="parallel">Ranks.</param>
    /// <param name="threads">Of all ranks.</param>
    /// <param name="device">Where it runs; the processor unless said.</param>
    public static EngineOptions ToOptions(this EngineSection engine, ParallelPlan parallel, int threads, DevicePlacement device = default) => new()
    {
        Device = device,
        MaxRunning = engine.MaxRunning,
        MaxBatchedTokens = engine.MaxBatchedTokens,
        BlockSize = engine.BlockSize,
        KvBytes = engine.KvMemory.Bytes ?? DefaultKvBytes,
        KvShare = engine.KvMemory.Share ?? (device.IsGpu && engine.KvMemory.Bytes is null ? DefaultKvShare : 0),
        PrefixCache = engine.PrefixCache,
        Deterministic = engine.Deterministic,
        ReturnRoutedExperts = engine.ReturnRoutedExperts,
        Parallel = parallel,
        Threads = threads,
    };
}
