using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Copies rows of a checkpoint's matrix into one of the model's, on all threads: a piece at a time, of a few megabytes.</summary>
internal sealed unsafe class WeightCopy(CheckpointMatrix from, long firstRow, int firstColumn, WeightMatrix to, int toRow) : IParallelWork
{
    private const int PieceBytes = 2 << 20;

    private readonly int _rowsPerPiece = Math.Max(1, PieceBytes / (to.Columns * to.Type.Bytes()));
    private int _rows;

    public void Run(IWorkerTeam team, int rows)
    {
        _rows = rows;
        team.Run(this, (rows + _rowsPerPiece - 1) / _rowsPerPiece);
    }

    void IParallelWork.Run(int item)
    {
        var first = item * _rowsPerPiece;
        var count = Math.Min(_rowsPerPiece, _rows - first);
        if (from.IsPlain(to.Type, to.Columns))
        {
            var bytes = (long)count * to.Columns * to.Type.Bytes();
            Buffer.MemoryCopy((void*)from.Row(firstRow + first), (void*)to.Row(toRow + first), bytes, bytes);
            return;
        }

        using var scratch = new NativeBuffer((long)to.Columns * sizeof(float));
        for (var r = first; r < first + count; r++) from.CopyRow(firstRow + r, firstColumn, to.Row(toRow + r), to.Type, to.Columns, (float*)scratch.Address);
    }
}
