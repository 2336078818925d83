using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>What layers are loaded from and into, and what they run with. Owned by the model.</summary>
/// <param name="Checkpoint">The tensors; open while the model loads. Null where the arena's memory comes filled with random numbers.</param>
/// <param name="Config">The model's shape.</param>
/// <param name="Type">What weights and activations are held in.</param>
/// <param name="Parallel">This rank's part.</param>
/// <param name="BatchInvariant">Whether a token's numbers must not depend, bit for bit, on what else is in its step.</param>
/// <param name="Arena">Memory for the weights.</param>
/// <param name="Products">What runs the products.</param>
/// <param name="Rotary">Cosines and sines.</param>
/// <param name="Team">Threads.</param>
internal sealed record ModelSource(
    Checkpoint? Checkpoint, ModelConfig Config, ElementType Type, ParallelContext Parallel, bool BatchInvariant, WeightArena Arena, MatrixProducts Products, RotaryTable Rotary, IWorkerTeam Team) : IDisposable
{
    /// <param name="arena">Memory for the weights; the host's where none is given.</param>
    public static ModelSource Open(Checkpoint? checkpoint, ModelConfig config, ModelOptions options, ParallelContext parallel, IWorkerTeam team, WeightArena? arena = null) => new(
        checkpoint, config, options.Type, parallel, options.BatchInvariant, arena ?? new WeightArena(),
        new MatrixProducts(MatrixProductOptions.For(options.Type, options.BatchInvariant), team), new RotaryTable(config, options.MaxLength), team);

    /// <summary>What copies the weights, when all layers have said what they want.</summary>
    public WeightLoader Loader { get; init; } = new();

    /// <summary>A matrix to be filled.</summary>
    public WeightMatrix NewMatrix(int rows, int columns) => new(Arena, rows, columns, Type);

    /// <summary>A linear layer of which this rank has some output rows.</summary>
    /// <param name="shape">The whole tensor's: out, in.</param>
    /// <param name="rows">This rank's.</param>
    public ParallelLinear LoadRows(string name, (int Rows, int Columns) shape, (int First, int Count) rows)
    {
        var weight = NewMatrix(rows.Count, shape.Columns);
        weight.Load(this, name, shape, rows, 0, 0);
        return new ParallelLinear(Products, weight, null);
    }

    /// <summary>A linear layer that each rank has whole.</summary>
    public ParallelLinear LoadWhole(string name, int rows, int columns) => LoadRows(name, (rows, columns), (0, rows));

    /// <summary>A matrix of which this rank has some input columns: its products are partial sums.</summary>
    /// <param name="shape">The whole tensor's: out, in.</param>
    /// <param name="columns">This rank's.</param>
    public WeightMatrix LoadColumns(string name, (int Rows, int Columns) shape, (int First, int Count) columns)
    {
        var weight = NewMatrix(shape.Rows, columns.Count);
        weight.Load(this, name, shape, (0, shape.Rows), columns.First, 0);
        return weight;
    }

    /// <summary>What the weights of norms are held in: in float, where kernels take them so.</summary>
    public ElementType VectorType { get; init; } = ElementType.Float32;

    /// <summary>A vector that each rank has whole.</summary>
    /// <param name="type">What it is held in; <see cref="VectorType"/> unless said.</param>
    public WeightMatrix LoadVector(string name, int length, ElementType? type = null)
    {
        var vector = new WeightMatrix(Arena, 1, length, type ?? VectorType);
        vector.LoadVector(this, name, (0, length), 0);
        return vector;
    }

    public void Dispose()
    {
        Rotary.Dispose();
        Products.Dispose();
        Arena.Dispose();
    }
}
