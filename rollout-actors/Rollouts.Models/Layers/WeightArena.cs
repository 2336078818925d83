using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// The memory of a model's weights, taken in pieces that hold many matrices: a small matrix in a mapping of its own would get no huge pages, and a decode step
/// reads every weight once.
/// </summary>
internal sealed class WeightArena : IDisposable
{
    private const long PieceBytes = 64L << 20;
    private const long Alignment = 64;

    private readonly List<NativeBuffer> _pieces = [];
    private long _used;

    /// <summary>Zeroed memory that lives as long as the arena.</summary>
    public nint Take(long bytes)
    {
        var rounded = (bytes + Alignment - 1) / Alignment * Alignment;
        if (_pieces.Count == 0 || _used + rounded > _pieces[^1].Bytes)
        {
            _pieces.Add(new NativeBuffer(Math.Max(PieceBytes, rounded)));
            _used = 0;
        }

        var address = _pieces[^1].Address + (nint)_used;
        _used += rounded;
        return address;
    }

    public void Dispose()
    {
        foreach (var piece in _pieces) piece.Dispose();
    }
}
