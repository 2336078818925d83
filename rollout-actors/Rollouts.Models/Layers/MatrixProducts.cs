using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Runs a model's products: steps of few rows by our own kernel, which reads weights at the memory's speed, steps of many by libtorch, which multiplies faster.
/// Where rows must not depend on how many others there are, one of the two takes them all.
/// </summary>
internal sealed unsafe class MatrixProducts(MatrixProductOptions options, IWorkerTeam team) : IParallelWork, IDisposable
{
    /// <summary>Rows whose widened input our kernel holds at a time.</summary>
    public const int PanelRows = 64;

    private NativeBuffer _prepared = new(0);
    private LinearOperands _operands;

    /// <summary>[<see cref="PanelRows"/>, the widest input reserved] floats for widened input, of use between two products.</summary>
    public nint Prepared => _prepared.Address;

    /// <summary>Threads that a product runs on.</summary>
    public int Threads => team.Count;

    /// <summary>Whether a step of this many rows is our kernel's.</summary>
    public bool Takes(int rows) => rows <= options.MaxOwnRows;

    /// <summary>Whether an expert with this many rows in a step is our kernel's.</summary>
    public bool TakesExpert(int rows) => rows <= options.MaxOwnExpertRows;

    /// <summary>Makes room for inputs of this width.</summary>
    public void Reserve(int inputWidth)
    {
        var bytes = (long)PanelRows * inputWidth * sizeof(float);
        if (_prepared.Bytes >= bytes) return;
        _prepared.Dispose();
        _prepared = new NativeBuffer(bytes);
    }

    /// <summary>output = input x weightᵀ + bias, by our kernel.</summary>
    public void Run(Activations input, WeightMatrix weight, WeightMatrix? bias, Activations output, int rows)
    {
        for (var first = 0; first < rows; first += PanelRows)
        {
            var count = Math.Min(PanelRows, rows - first);
            for (var r = 0; r < count; r++) Linear.Prepare(input.Row(first + r), input.Type, (float*)_prepared.Address + (long)r * weight.Columns, weight.Columns, weight.Type);
            _operands = new LinearOperands(weight.Address, bias?.Address ?? 0, _prepared.Address, output.Row(first), weight.Type, weight.Columns, weight.Rows, weight.Rows, count, Linear.OutputsPerItem(weight.Rows, team.Count));
            team.Run(this, _operands.Items);
        }
    }

    void IParallelWork.Run(int item) => Linear.Multiply(_operands, item);

    public void Dispose() => _prepared.Dispose();
}
