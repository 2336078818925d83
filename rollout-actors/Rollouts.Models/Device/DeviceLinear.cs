using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary><c>output = input x weightᵀ + bias</c> on a kernel device, into memory that is there already.</summary>
internal sealed class DeviceLinear : IDisposable
{
    private readonly DeviceTorch _torch;
    private readonly nint _transposed;
    private readonly nint _bias;

    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out], or null.</param>
    public DeviceLinear(DeviceTorch torch, WeightMatrix weight, WeightMatrix? bias)
    {
        var type = TorchTypes.Of(weight.Type);
        _torch = torch;
        Bytes = (long)weight.Rows * weight.Columns * weight.Type.Bytes();
        _transposed = TorchShims.Matrix(weight.Address, weight.Columns, weight.Rows, 1, weight.Columns, type, torch.Place);
        if (bias is not null) _bias = TorchShims.Vector(bias.Address, bias.Rows, type, torch.Place);
    }

    /// <summary>Of the weight.</summary>
    public long Bytes { get; }

    /// <summary>[rows, in] to [rows, out].</summary>
    public void Forward(DeviceActivations input, DeviceActivations output, int rows)
    {
        if (!_torch.InTiles) Multiply(output.View(rows), input.View(rows));
        else
            for (var tile = 0; tile * DeviceActivations.TileRows < rows; tile++) Multiply(output.Tile(tile), input.Tile(tile));
    }

    private void Multiply(nint output, nint input)
    {
        if (_bias == 0) _torch.Multiply(output, input, _transposed);
        else _torch.MultiplyAdd(output, _bias, input, _transposed);
    }

    public void Dispose()
    {
        TorchShims.Delete(_transposed);
        if (_bias != 0) TorchShims.Delete(_bias);
    }
}
