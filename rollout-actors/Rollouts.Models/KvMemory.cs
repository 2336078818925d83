using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>What keys and values take, before a model is loaded.</summary>
public static class KvMemory
{
    /// <summary>Bytes that one block takes over all layers and ranks.</summary>
    /// <param name="blockSize">Tokens of a block.</param>
    public static long BlockBytes(ModelConfig config, ParallelPlan plan, ElementType type, int blockSize) =>
        Enumerable.Range(0, plan.TensorParallel).Sum(rank => KvCache.BlockBytes(config, new ParallelContext(rank, plan.TensorParallel, null, plan.ExpertParallel), type, blockSize));
}
