using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// A small matrix for each head, applied to that head's part of every row, by our own kernel: each row's result depends on that row alone.
/// </summary>
internal sealed unsafe class HeadProducts : IParallelWork
{
    private const int PanelRows = MatrixProducts.PanelRows / 2;

    private readonly MatrixProducts _products;
    private readonly WeightMatrix _weights;
    private readonly int _numHeads;
    private readonly int _outputWidth;
    private HeadPart _input;
    private HeadPart _output;
    private int _rows;

    /// <param name="weights">[heads * out, in]</param>
    public HeadProducts(MatrixProducts products, int numHeads, WeightMatrix weights)
    {
        (_products, _weights, _numHeads, _outputWidth) = (products, weights, numHeads, weights.Rows / numHeads);
        products.Reserve((numHeads * weights.Columns + 1) / 2);
    }

    /// <summary>Runs over some rows of two activations.</summary>
    public void Run(HeadPart input, HeadPart output, int rows, IWorkerTeam team)
    {
        (_input, _output, _rows) = (input, output, rows);
        team.Run(this, _numHeads);
    }

    void IParallelWork.Run(int head)
    {
        var width = _weights.Columns;
        var prepared = (float*)_products.Prepared + (long)head * PanelRows * width;
        for (var first = 0; first < _rows; first += PanelRows)
        {
            var count = Math.Min(PanelRows, _rows - first);
            for (var r = 0; r < count; r++) Linear.Prepare(_input.Of(first + r, head), _weights.Type, prepared + (long)r * width, width, _weights.Type);
            var operands = new LinearOperands(_weights.Row(head * _outputWidth), 0, (nint)prepared, _output.Of(first, head), _weights.Type, width, _outputWidth, _output.Activations.Width, count, _outputWidth);
            Linear.Multiply(operands, 0);
        }
    }
}

/// <summary>Where each head's part of a row begins.</summary>
/// <param name="FirstRow">The row that counts as row 0.</param>
/// <param name="Stride">Elements from a head to the next.</param>
internal readonly record struct HeadPart(Activations Activations, int FirstRow, int Stride)
{
    public nint Of(int row, int head) => Activations.Row(FirstRow + row) + head * Stride * Activations.Type.Bytes();
}
