namespace Rollouts.Models;

/// <summary>
/// <c>output = input x weightᵀ + bias</c>, into memory that is there already. Split by output rows (each rank has its own columns of the output)
/// or by input columns (each rank has a partial sum, reduced at the end).
/// </summary>
internal sealed class ParallelLinear : IDisposable
{
    private readonly WeightMatrix _weight;
    private readonly WeightMatrix? _bias;
    private readonly MatrixProducts _products;
    private readonly nint _transposed;
    private readonly nint _biasView;
    private readonly ParallelContext? _reduceOver;

    /// <param name="weight">[out, in], this rank's part.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="reduceOver">Where the weight is split by input columns; else null.</param>
    public ParallelLinear(MatrixProducts products, WeightMatrix weight, WeightMatrix? bias, ParallelContext? reduceOver = null)
    {
        (_products, _weight, _bias, _reduceOver) = (products, weight, bias, reduceOver);
        products.Reserve(weight.Columns);
        var type = TorchTypes.Of(weight.Type);
        _transposed = TorchShims.Matrix(weight.Address, weight.Columns, weight.Rows, 1, weight.Columns, type);
        if (bias is not null) _biasView = TorchShims.Vector(bias.Address, bias.Rows, type);
    }

    /// <summary>Elements of an output row.</summary>
    public int OutputWidth => _weight.Rows;

    /// <summary>Elements of an input row.</summary>
    public int InputWidth => _weight.Columns;

    /// <summary>[rows, in] to [rows, out].</summary>
    public void Forward(Activations input, Activations output, int rows)
    {
        if (_products.Takes(rows)) _products.Run(input, _weight, _bias, output, rows);
        else if (_bias is null) TorchShims.Multiply(output.View(rows), input.View(rows), _transposed);
        else TorchShims.MultiplyAdd(output.View(rows), _biasView, input.View(rows), _transposed);
        _reduceOver?.Collective?.AllReduce(output, rows);
    }

    public void Dispose()
    {
        TorchShims.Delete(_transposed);
        if (_biasView != 0) TorchShims.Delete(_biasView);
    }
}
