using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

// The two shapes of tile. In both an output is one chain of sums along K, two vectors at a time, then across the vector, then the elements that fill no vector:
// that is why a row's result is the same in either.
public static unsafe partial class Linear
{
    private const int CacheLine = 64;

    /// <summary>How far ahead weights are asked for: a few tiles, for memory answers after some hundred cycles. Never past the item's end: what follows is another thread's.</summary>
    private const int AheadBytes = 9216;

    /// <summary>Two outputs of four rows.</summary>
    /// <param name="n">The first output.</param>
    /// <param name="m">The second; may be the first again.</param>
    /// <param name="sums">[2, 4]</param>
    private static void Tile<TElement, TLanes>(in Part<TElement> part, int row, int n, int m, float* sums)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TElement* first = part.Weight(n), second = part.Weight(m);
        float* x0 = part.Input(row), x1 = part.Input(row + 1), x2 = part.Input(row + 2), x3 = part.Input(row + 3);
        var width = part.Width;
        // Later rows find the weights in the cache.
        var ahead = row == 0 && part.Weight(n + TileOutputs) + AheadBytes / sizeof(TElement) <= part.Weight(part.End) ? AheadBytes : 0;
        var zero = TLanes.Broadcast(0);
        var (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero);
        var k = 0;
        for (; k + 2 * TLanes.Count <= width; k += 2 * TLanes.Count)
        {
            Prefetch<TElement, TLanes>((byte*)(first + TileOutputs * k) + ahead);
            TElement.LoadPair<TLanes>(first + k, out var wa, out var va);
            TElement.LoadPair<TLanes>(second + k, out var wb, out var vb);
            var x = TLanes.Load(x0 + k);
            (a0, b0) = (TLanes.MultiplyAdd(wa, x, a0), TLanes.MultiplyAdd(wb, x, b0));
            x = TLanes.Load(x1 + k);
            (a1, b1) = (TLanes.MultiplyAdd(wa, x, a1), TLanes.MultiplyAdd(wb, x, b1));
            x = TLanes.Load(x2 + k);
            (a2, b2) = (TLanes.MultiplyAdd(wa, x, a2), TLanes.MultiplyAdd(wb, x, b2));
            x = TLanes.Load(x3 + k);
            (a3, b3) = (TLanes.MultiplyAdd(wa, x, a3), TLanes.MultiplyAdd(wb, x, b3));
            x = TLanes.Load(x0 + k + TLanes.Count);
            (a0, b0) = (TLanes.MultiplyAdd(va, x, a0), TLanes.MultiplyAdd(vb, x, b0));
            x = TLanes.Load(x1 + k + TLanes.Count);
            (a1, b1) = (TLanes.MultiplyAdd(va, x, a1), TLanes.MultiplyAdd(vb, x, b1));
            x = TLanes.Load(x2 + k + TLanes.Count);
            (a2, b2) = (TLanes.MultiplyAdd(va, x, a2), TLanes.MultiplyAdd(vb, x, b2));
            x = TLanes.Load(x3 + k + TLanes.Count);
            (a3, b3) = (TLanes.MultiplyAdd(va, x, a3), TLanes.MultiplyAdd(vb, x, b3));
        }

        TLanes.SumFour(a0, a1, a2, a3, sums);
        TLanes.SumFour(b0, b1, b2, b3, sums + TileRows);
        for (; k < width; k++)
        {
            for (var r = 0; r < TileRows; r++) AddElement(first, part.Input(row + r), k, ref sums[r]);
            for (var r = 0; r < TileRows; r++) AddElement(second, part.Input(row + r), k, ref sums[TileRows + r]);
        }
    }

    /// <summary>Four outputs of one row, one after the other: one stream of memory, which the processor follows by itself.</summary>
    /// <param name="last">The last output there is; it stands in for those after it.</param>
    /// <param name="sums">[4]</param>
    private static void SingleRow<TElement, TLanes>(in Part<TElement> part, int row, int n, int last, float* sums)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TElement* w0 = part.Weight(n), w1 = part.Weight(Math.Min(n + 1, last)), w2 = part.Weight(Math.Min(n + 2, last)), w3 = part.Weight(Math.Min(n + 3, last));
        var input = part.Input(row);
        var k = part.Width / (2 * TLanes.Count) * (2 * TLanes.Count);
        TLanes.SumFour(Chain<TElement, TLanes>(w0, input, k), Chain<TElement, TLanes>(w1, input, k), Chain<TElement, TLanes>(w2, input, k), Chain<TElement, TLanes>(w3, input, k), sums);
        for (; k < part.Width; k++)
        {
            AddElement(w0, input, k, ref sums[0]);
            AddElement(w1, input, k, ref sums[1]);
            AddElement(w2, input, k, ref sums[2]);
            AddElement(w3, input, k, ref sums[3]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Chain<TElement, TLanes>(TElement* weight, float* input, int width)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = TLanes.Broadcast(0);
        for (var k = 0; k < width; k += 2 * TLanes.Count)
        {
            TElement.LoadPair<TLanes>(weight + k, out var w, out var v);
            sum = TLanes.MultiplyAdd(w, TLanes.Load(input + k), sum);
            sum = TLanes.MultiplyAdd(v, TLanes.Load(input + k + TLanes.Count), sum);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddElement<TElement>(TElement* weight, float* input, int k, ref float sum)
        where TElement : unmanaged, IElement<TElement> => sum = MathF.FusedMultiplyAdd(TElement.Load(weight + k), input[k], sum);

    /// <summary>What two rows of weights read in one turn, in the order of memory: prefetches of two rows in turn would be two streams, which are slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TElement, TLanes>(byte* from)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Sse.Prefetch1(from);
        if (TLanes.Count * sizeof(TElement) >= CacheLine / 2) Sse.Prefetch1(from + CacheLine);
        if (TLanes.Count * sizeof(TElement) < CacheLine) return;
        Sse.Prefetch1(from + 2 * CacheLine);
        Sse.Prefetch1(from + 3 * CacheLine);
    }
}
