using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// The memory of a model's weights, taken in pieces that hold many matrices: a small matrix in a mapping of its own would get no huge pages, and a decode step
/// reads every weight once. This one is the host's.
/// </summary>
internal class WeightArena : IDisposable
{
    private const long PieceBytes = 64L << 20;
    private const long Alignment = 256;

    private readonly List<IDisposable> _pieces = [];
    private nint _next;
    private long _left;

    /// <summary>Zeroed memory that lives as long as the arena.</summary>
    public nint Take(long bytes)
    {
        var rounded = (bytes + Alignment - 1) / Alignment * Alignment;
        if (rounded > _left)
        {
            _left = Math.Max(PieceBytes, rounded);
            (var piece, _next) = NewPiece(_left);
            _pieces.Add(piece);
        }

        var address = _next;
        _next += (nint)rounded;
        _left -= rounded;
        return address;
    }

    /// <summary>Has memory that was taken written: <paramref name="write"/> gets the host's address to write to. May be called by many threads at once.</summary>
    public virtual void Write(nint to, long bytes, Action<nint> write) => write(to);

    /// <summary>More memory.</summary>
    protected virtual (IDisposable Owner, nint Address) NewPiece(long bytes)
    {
        var piece = new NativeBuffer(bytes);
        return (piece, piece.Address);
    }

    public virtual void Dispose()
    {
        foreach (var piece in _pieces) piece.Dispose();
        _pieces.Clear();
    }
}
