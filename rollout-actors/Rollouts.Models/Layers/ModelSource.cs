using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>What layers are loaded from, and into.</summary>
/// <param name="Checkpoint">The tensors.</param>
/// <param name="Config">The model's shape.</param>
/// <param name="Type">What weights and activations are held in.</param>
/// <param name="Parallel">This rank's part.</param>
/// <param name="Arena">Memory for the weights, owned by the model.</param>
/// <param name="Products">What runs the products, owned by the model.</param>
internal sealed record ModelSource(Checkpoint Checkpoint, ModelConfig Config, ElementType Type, ParallelContext Parallel, WeightArena Arena, MatrixProducts Products)
{
    /// <summary>A matrix to be filled.</summary>
    public WeightMatrix NewMatrix(int rows, int columns) => new(Arena, rows, columns, Type);
}
