namespace Rollouts.Models;

/// <summary>Which part of each matrix a rank holds. Layers ask it; families never do.</summary>
/// <param name="Rank">0 to size - 1.</param>
/// <param name="Size">Ranks that share each matrix.</param>
/// <param name="Collective">Sums over the ranks; null where there is one rank.</param>
/// <param name="ExpertSize">Groups of ranks that the experts are dealt to; within a group, ranks share each expert's width.</param>
/// <param name="Granule">Widths are shared in multiples of it, evenly or, where that cannot be, as evenly as it goes.</param>
internal sealed record ParallelContext(int Rank, int Size, ICollective? Collective, int ExpertSize = 1, int Granule = 1)
{
    /// <summary>One rank that holds everything.</summary>
    public static ParallelContext Single { get; } = new(0, 1, null);

    private ParallelCoordinates Coordinates => new ParallelPlan(Size, ExpertParallel: ExpertSize).CoordinatesOf(Rank);

    /// <summary>This rank's share of a dimension: first index and count.</summary>
    /// <exception cref="ModelFormatException">The ranks cannot share it evenly.</exception>
    public (int First, int Count) Share(int total) => Share(total, Rank, Size, "parallel.tp");

    /// <summary>This rank's share of an MLP's width: any part will do, since the ranks' sums are summed.</summary>
    public (int First, int Count) ShareWidth(int total) => ShareWidth(total, Rank, Size, "parallel.tp");

    /// <summary>This rank's share of the vocabulary, the last rank's may be smaller: as if it were padded.</summary>
    public (int First, int Count) ShareVocabulary(int total) => ShareVocabulary(total, Rank);

    /// <summary>A rank's share of the vocabulary. In steps of 8, which kernels move at once, unless that would leave a rank without any.</summary>
    public (int First, int Count) ShareVocabulary(int total, int rank)
    {
        var (most, aligned) = ((total + Size - 1) / Size, (total + 8 * Size - 1) / (8 * Size) * 8);
        if (aligned * (Size - 1) < total) most = aligned;
        var first = Math.Min(total, rank * most);
        return (first, Math.Min(most, total - first));
    }

    /// <summary>The experts of this rank's group.</summary>
    public (int First, int Count) ShareExperts(int total) => Share(total, Coordinates.Expert, ExpertSize, "parallel.ep");

    /// <summary>This rank's part of the width of its group's experts.</summary>
    public (int First, int Count) ShareExpertWidth(int total) => ShareWidth(total, Coordinates.ExpertSlice, Size / ExpertSize, "parallel.tp / parallel.ep");

    private (int First, int Count) ShareWidth(int total, int part, int parts, string setting)
    {
        if (total % Granule != 0 || total / Granule < parts || total % (Granule * parts) == 0) return Share(total, part, parts, setting);
        var (granules, first) = (total / Granule, (long)(total / Granule) * part / parts);
        return ((int)first * Granule, (int)((long)granules * (part + 1) / parts - first) * Granule);
    }

    private static (int First, int Count) Share(int total, int part, int parts, string setting) => total % parts == 0
        ? (total / parts * part, total / parts)
        : throw new ModelFormatException($"{parts} ranks cannot share {total} evenly; choose {setting} among its divisors");
}
