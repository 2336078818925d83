using System.Buffers;

namespace Rollouts.Models;

/// <summary>Applies merges to the symbols of one piece: always the lowest rank, the leftmost of equals (Sennrich et al. 2016, arXiv 1508.07909).</summary>
internal static class BpeMerger
{
    /// <summary>Up to here a scan for the lowest rank is faster than a heap.</summary>
    private const int ScanLimit = 48;

    /// <summary>Merges in place.</summary>
    /// <returns>How many symbols are left, at the front of the span.</returns>
    public static int Merge(Span<int> symbols, MergeTable merges) =>
        symbols.Length <= ScanLimit ? Scan(symbols, merges) : WithHeap(symbols, merges);

    private static int Scan(Span<int> symbols, MergeTable merges)
    {
        Span<int> ranks = stackalloc int[ScanLimit];
        Span<int> merged = stackalloc int[ScanLimit];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++) Look(symbols, i, merges, ranks, merged);
        while (count > 1)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < count; i++)
                if (ranks[i] < best) (best, at) = (ranks[i], i);
            if (at < 0) break;

            symbols[at] = merged[at];
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            ranks[(at + 2)..count].CopyTo(ranks[(at + 1)..]);
            merged[(at + 2)..count].CopyTo(merged[(at + 1)..]);
            count--;
            if (at > 0) Look(symbols, at - 1, merges, ranks, merged);
            if (at + 1 < count) Look(symbols, at, merges, ranks, merged);
        }

        return count;
    }

    private static void Look(Span<int> symbols, int at, MergeTable merges, Span<int> ranks, Span<int> merged) =>
        ranks[at] = merges.TryGet(symbols[at], symbols[at + 1], out var rank, out merged[at]) ? rank : int.MaxValue;

    /// <summary>A heap of candidate merges over a linked list of symbols: n log n, whatever the piece.</summary>
    private static int WithHeap(Span<int> symbols, MergeTable merges)
    {
        var n = symbols.Length;
        var next = ArrayPool<int>.Shared.Rent(n);
        var previous = ArrayPool<int>.Shared.Rent(n);
        var heap = new PriorityQueue<(int At, int Left, int Right, int Merged), long>(n);
        for (var i = 0; i < n; i++) (previous[i], next[i]) = (i - 1, i + 1 < n ? i + 1 : -1);
        for (var i = 0; i + 1 < n; i++) Offer(heap, symbols, i, i + 1, merges);

        while (heap.TryDequeue(out var candidate, out _))
        {
            var (at, left, right, merged) = candidate;
            // Stale where one of the two has been merged away or changed since.
            if (symbols[at] != left || next[at] is var other && (other < 0 || symbols[other] != right)) continue;
            symbols[at] = merged;
            symbols[other] = -1;
            next[at] = next[other];
            if (next[at] >= 0)
            {
                previous[next[at]] = at;
                Offer(heap, symbols, at, next[at], merges);
            }

            if (previous[at] >= 0) Offer(heap, symbols, previous[at], at, merges);
        }

        var count = 0;
        for (var i = 0; i >= 0; i = next[i]) symbols[count++] = symbols[i];
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
        return count;
    }

    private static void Offer(PriorityQueue<(int, int, int, int), long> heap, Span<int> symbols, int at, int other, MergeTable merges)
    {
        if (merges.TryGet(symbols[at], symbols[other], out var rank, out var merged))
            heap.Enqueue((at, symbols[at], symbols[other], merged), ((long)rank << 32) | (uint)at);
    }
}
