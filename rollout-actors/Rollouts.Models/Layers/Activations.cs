using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A preallocated matrix of activations, one row a token, with libtorch's views of its first rows made once each.</summary>
public sealed class Activations : IDisposable
{
    /// <summary>
    /// GEMMs run over a multiple of this many rows: below it libtorch's kernels sum in another order, and a token's numbers would depend on how many others are in its step.
    /// </summary>
    public const int RowMultiple = 4;

    private readonly NativeBuffer _memory;
    private readonly nint[] _views;

    /// <param name="maxRows">Tokens at most.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="type">What they are held in.</param>
    public Activations(int maxRows, int width, ElementType type)
    {
        (Width, Type) = (width, type);
        var rows = Padded(maxRows);
        _memory = new NativeBuffer((long)rows * width * type.Bytes());
        _views = new nint[rows / RowMultiple + 1];
    }

    /// <summary>Elements of a row.</summary>
    public int Width { get; }

    /// <summary>What they are held in.</summary>
    public ElementType Type { get; }

    /// <summary>The address of a row.</summary>
    public nint Row(int row) => _memory.Address + (nint)((long)row * Width * Type.Bytes());

    /// <summary>Rows that a GEMM over this many tokens runs over.</summary>
    public static int Padded(int rows) => (rows + RowMultiple - 1) / RowMultiple * RowMultiple;

    /// <summary>libtorch's view of the first rows, padded.</summary>
    internal nint View(int rows)
    {
        var slot = Padded(rows) / RowMultiple;
        if (_views[slot] == 0) _views[slot] = TorchShims.Matrix(_memory.Address, Padded(rows), Width, Width, 1, TorchTypes.Of(Type));
        return _views[slot];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var view in _views)
            if (view != 0) TorchShims.Delete(view);
        _memory.Dispose();
    }
}
