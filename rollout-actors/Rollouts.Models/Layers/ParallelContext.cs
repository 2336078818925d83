namespace Rollouts.Models;

/// <summary>Which part of each matrix a rank holds. Layers ask it; families never do.</summary>
/// <param name="Rank">0 to size - 1.</param>
/// <param name="Size">Ranks that share each matrix.</param>
/// <param name="Collective">Sums over the ranks; null where there is one rank.</param>
public sealed record ParallelContext(int Rank, int Size, ICollective? Collective)
{
    /// <summary>One rank that holds everything.</summary>
    public static ParallelContext Single { get; } = new(0, 1, null);

    /// <summary>This rank's share of a dimension: first index and count.</summary>
    /// <exception cref="ArgumentException">The ranks cannot share it evenly.</exception>
    public (int First, int Count) Share(int total) => total % Size == 0
        ? (total / Size * Rank, total / Size)
        : throw new ArgumentException($"{Size} tensor-parallel ranks cannot share {total} evenly; choose parallel.tp among its divisors");
}

/// <summary>Sums partial results over the ranks of a tensor-parallel group, in rank order.</summary>
public interface ICollective
{
    /// <summary>Replaces every rank's elements by their sum.</summary>
    void AllReduce(Activations activations, int rows);
}
