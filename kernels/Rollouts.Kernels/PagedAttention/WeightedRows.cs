namespace Rollouts.Kernels;

// Shapes: G heads, T tokens of a tile; size elements of a sum.

/// <summary>sums[g] += weights[g] x rows for all heads of a group, up to four of which share each load of a row.</summary>
internal static unsafe class WeightedRows
{
    /// <param name="sums">[G, size]</param>
    /// <param name="weights">[G, stride], T of each in use.</param>
    /// <param name="rows">[T, rowStride], the first size elements of each in use.</param>
    public static void AddGroup<TElement, TLanes>(float* sums, int size, float* weights, int stride, int group, TElement* rows, int rowStride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var g = 0; g < group; g += 4)
        {
            float* to = sums + g * size, from = weights + g * stride;
            switch (group - g)
            {
                case 1: Add<TElement, TLanes, OneHead>(to, size, from, stride, rows, rowStride, tokens); break;
                case 2: Add<TElement, TLanes, TwoHeads>(to, size, from, stride, rows, rowStride, tokens); break;
                case 3: Add<TElement, TLanes, ThreeHeads>(to, size, from, stride, rows, rowStride, tokens); break;
                default: Add<TElement, TLanes, FourHeads>(to, size, from, stride, rows, rowStride, tokens); break;
            }
        }
    }

    private static void Add<TElement, TLanes, THeads>(float* sums, int size, float* weights, int stride, TElement* rows, int rowStride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
        where THeads : unmanaged, IHeads
    {
        var i = 0;
        for (; i + 2 * TLanes.Count <= size; i += 2 * TLanes.Count) AddTwoVectors<TElement, TLanes, THeads>(sums + i, size, weights, stride, rows + i, rowStride, tokens);
        for (; i + TLanes.Count <= size; i += TLanes.Count)
            for (var g = 0; g < THeads.Count; g++) AddVector<TElement, TLanes>(sums + g * size + i, weights + g * stride, rows + i, rowStride, tokens);
        for (; i < size; i++)
            for (var g = 0; g < THeads.Count; g++)
                for (var t = 0; t < tokens; t++) sums[g * size + i] += weights[g * stride + t] * TElement.Load(rows + t * rowStride + i);
    }

    /// <summary>Two vectors of the head, whose sums stay in registers over the tokens.</summary>
    private static void AddTwoVectors<TElement, TLanes, THeads>(float* sums, int size, float* weights, int stride, TElement* rows, int rowStride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
        where THeads : unmanaged, IHeads
    {
        var zero = TLanes.Broadcast(0);
        var (a0, a1) = (TLanes.Load(sums), TLanes.Load(sums + TLanes.Count));
        var (b0, b1) = THeads.Count > 1 ? (TLanes.Load(sums + size), TLanes.Load(sums + size + TLanes.Count)) : (zero, zero);
        var (c0, c1) = THeads.Count > 2 ? (TLanes.Load(sums + 2 * size), TLanes.Load(sums + 2 * size + TLanes.Count)) : (zero, zero);
        var (d0, d1) = THeads.Count > 3 ? (TLanes.Load(sums + 3 * size), TLanes.Load(sums + 3 * size + TLanes.Count)) : (zero, zero);
        for (var t = 0; t < tokens; t++, rows += rowStride)
        {
            var (first, second) = (TElement.LoadLanes<TLanes>(rows), TElement.LoadLanes<TLanes>(rows + TLanes.Count));
            var p = TLanes.Broadcast(weights[t]);
            (a0, a1) = (TLanes.MultiplyAdd(p, first, a0), TLanes.MultiplyAdd(p, second, a1));
            if (THeads.Count > 1)
            {
                p = TLanes.Broadcast(weights[stride + t]);
                (b0, b1) = (TLanes.MultiplyAdd(p, first, b0), TLanes.MultiplyAdd(p, second, b1));
            }

            if (THeads.Count > 2)
            {
                p = TLanes.Broadcast(weights[2 * stride + t]);
                (c0, c1) = (TLanes.MultiplyAdd(p, first, c0), TLanes.MultiplyAdd(p, second, c1));
            }

            if (THeads.Count > 3)
            {
                p = TLanes.Broadcast(weights[3 * stride + t]);
                (d0, d1) = (TLanes.MultiplyAdd(p, first, d0), TLanes.MultiplyAdd(p, second, d1));
            }
        }

        StoreTwo(a0, a1, sums);
        if (THeads.Count > 1) StoreTwo(b0, b1, sums + size);
        if (THeads.Count > 2) StoreTwo(c0, c1, sums + 2 * size);
        if (THeads.Count > 3) StoreTwo(d0, d1, sums + 3 * size);
    }

    /// <summary>What is left of a head that is no multiple of two vectors.</summary>
    private static void AddVector<TElement, TLanes>(float* sums, float* weights, TElement* rows, int rowStride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = TLanes.Load(sums);
        for (var t = 0; t < tokens; t++) sum = TLanes.MultiplyAdd(TLanes.Broadcast(weights[t]), TElement.LoadLanes<TLanes>(rows + t * rowStride), sum);
        TLanes.Store(sum, sums);
    }

    private static void StoreTwo<TLanes>(TLanes first, TLanes second, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes.Store(first, to);
        TLanes.Store(second, to + TLanes.Count);
    }
}
