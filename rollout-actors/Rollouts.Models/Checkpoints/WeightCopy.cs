using System.Buffers;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Copies rows of a checkpoint's matrix, or some columns of them, into one of the model's.</summary>
internal sealed unsafe class WeightCopy(CheckpointMatrix from, long firstRow, int firstColumn, WeightMatrix to, int toRow)
{
    // Smaller ones share huge pages of the target with each other, which two threads then fault in at once.
    private const int PieceBytes = 8 << 20;

    /// <summary>Rows that a thread copies at a time.</summary>
    public int RowsPerPiece { get; } = (int)Math.Max(1, PieceBytes / Math.Max(1, from.RowBytes));

    /// <summary>Copies a piece.</summary>
    public void Run(int first, int count) => to.WriteRows(toRow + first, count, at =>
    {
        if (from.IsPlain(to.Type, to.Columns)) from.Read(firstRow + first, count, at);
        else Convert(first, count, at);
    });

    private void Convert(int first, int count, nint at)
    {
        var (bytes, floats) = (ArrayPool<byte>.Shared.Rent(checked((int)(count * from.RowBytes))), ArrayPool<float>.Shared.Rent(to.Columns));
        fixed (byte* rows = bytes)
        fixed (float* scratch = floats)
        {
            from.Read(firstRow + first, count, (nint)rows);
            for (var r = 0; r < count; r++) from.Convert(firstRow + first + r, (nint)rows + (nint)(r * from.RowBytes), firstColumn, at + (nint)((long)r * to.Columns * to.Type.Bytes()), to.Type, to.Columns, scratch);
        }

        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<float>.Shared.Return(floats);
    }
}
