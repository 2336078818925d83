using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Collects what is to be copied from a checkpoint and copies it all at once, on all threads, in pieces of a few megabytes: matrices are of all sizes,
/// and threads that met after each of them would wait more than they read.
/// </summary>
internal sealed class WeightLoader : IParallelWork
{
    private readonly List<(WeightCopy Copy, int First, int Count)> _pieces = [];

    /// <summary>Some rows of a matrix, to be copied later.</summary>
    public void Add(WeightCopy copy, int rows)
    {
        for (var first = 0; first < rows; first += copy.RowsPerPiece) _pieces.Add((copy, first, Math.Min(copy.RowsPerPiece, rows - first)));
    }

    /// <summary>Copies all that was collected.</summary>
    /// <exception cref="ModelFormatException">A file has become shorter.</exception>
    public void Run(IWorkerTeam team)
    {
        team.Run(this, _pieces.Count);
        _pieces.Clear();
    }

    void IParallelWork.Run(int item)
    {
        var (copy, first, count) = _pieces[item];
        copy.Run(first, count);
    }
}
