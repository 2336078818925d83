using Rollouts.Engine;

namespace Rollouts.Recipes;

/// <summary>An engine's settings as a recipe, or a verb's --set, writes them.</summary>
public static class EngineSettings
{
    /// <summary>As the engine takes them.</summary>
    /// <param name="engine">The keys.</param>
    /// <param name="parallel">Ranks.</param>
    /// <param name="threads">Of all ranks.</param>
    public static EngineOptions ToOptions(this EngineSection engine, ParallelPlan parallel, int threads) => new()
    {
        MaxRunning = engine.MaxRunning,
        MaxBatchedTokens = engine.MaxBatchedTokens,
        BlockSize = engine.BlockSize,
        KvBytes = engine.KvMemory.Bytes,
        PrefixCache = engine.PrefixCache,
        Deterministic = engine.Deterministic,
        ReturnRoutedExperts = engine.ReturnRoutedExperts,
        Parallel = parallel,
        Threads = threads,
    };
}
