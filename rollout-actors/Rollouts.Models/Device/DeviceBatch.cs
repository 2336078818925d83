using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Matrices of one shape in a kernel device's memory, for a product of each with its own.</summary>
/// <param name="Shape">Matrices, rows, columns.</param>
/// <param name="Strides">Elements from a matrix, a row and a column to the next.</param>
internal readonly record struct DeviceBatch(nint Address, (long Matrices, long Rows, long Columns) Shape, (long Matrix, long Row, long Column) Strides)
{
    /// <summary>Matrices that lie one after the other, each transposed.</summary>
    /// <param name="weight">[matrices * columns of the result, rows of the result]</param>
    public static DeviceBatch Transposed(WeightMatrix weight, int matrices)
    {
        var columns = weight.Rows / matrices;
        return new DeviceBatch(weight.Address, (matrices, weight.Columns, columns), ((long)columns * weight.Columns, 1, weight.Columns));
    }

    /// <summary>A part of every head of some rows: a matrix a head.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="headStride">Elements from a head to the next.</param>
    /// <param name="width">Elements of the part.</param>
    public static DeviceBatch Heads(DeviceActivations activations, int first, int rows, int heads, int headStride, int width) =>
        new(activations.Row(first), (heads, rows, width), (headStride, activations.Stride, 1));

    /// <summary>[matrices, rows of each, width]: rows that lie one after the other.</summary>
    public static DeviceBatch Rows(DeviceActivations activations, int matrices, int rows) =>
        new(activations.Address, (matrices, rows, activations.Width), ((long)rows * activations.Stride, activations.Stride, 1));

    /// <summary>libtorch's view, the caller's to delete.</summary>
    public nint View(ElementType type, TorchPlace place) => TorchShims.Batch(Address, Shape, Strides, TorchTypes.Of(type), place);
}
