namespace Rollouts.Kernels;

public static unsafe partial class PagedAttention
{
    /// <summary>scores[g][t] = q[g] . keys[., t] for all heads of the group, up to four of which share each load of a key.</summary>
    private static void ScoreGroup<TElement, TLanes>(in Chunk<TElement> chunk, float* q, float* scores, int group, int* blocks, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var firstValues = chunk.Values(*blocks);
        for (var first = 0; first < tokens; first += chunk.BlockSize, blocks++)
        {
            var keys = chunk.Keys(*blocks);
            var count = Math.Min(chunk.BlockSize, tokens - first);
            if (first + chunk.BlockSize < tokens) chunk.Prefetch(chunk.Keys(blocks[1]), chunk.Kv.KeySize);
            else chunk.Prefetch(firstValues, chunk.Kv.ValueSize);
            for (var g = 0; g < group; g += 4)
            {
                float* from = q + g * chunk.Kv.KeySize, to = scores + g * chunk.Stride + first;
                switch (group - g)
                {
                    case 1: Score<TElement, TLanes, OneHead>(chunk, from, keys, to, count); break;
                    case 2: Score<TElement, TLanes, TwoHeads>(chunk, from, keys, to, count); break;
                    case 3: Score<TElement, TLanes, ThreeHeads>(chunk, from, keys, to, count); break;
                    default: Score<TElement, TLanes, FourHeads>(chunk, from, keys, to, count); break;
                }
            }
        }
    }

    /// <summary>A vector of tokens at a time; two sums a head for the adder's latency. Places past the last token are filled with whatever is there.</summary>
    private static void Score<TElement, TLanes, THeads>(in Chunk<TElement> chunk, float* q, TElement* keys, float* scores, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
        where THeads : unmanaged, IHeads
    {
        var (size, blockSize, stride) = (chunk.Kv.KeySize, chunk.BlockSize, chunk.Stride);
        var t = 0;
        for (; t < tokens && t + TLanes.Count <= blockSize; t += TLanes.Count)
        {
            var zero = TLanes.Broadcast(0);
            var (a0, b0, c0, d0, a1, b1, c1, d1) = (zero, zero, zero, zero, zero, zero, zero, zero);
            var i = 0;
            for (; i + 2 <= size; i += 2)
            {
                var even = TElement.LoadLanes<TLanes>(keys + i * blockSize + t);
                a0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[i]), even, a0);
                if (THeads.Count > 1) b0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i]), even, b0);
                if (THeads.Count > 2) c0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i]), even, c0);
                if (THeads.Count > 3) d0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i]), even, d0);
                var odd = TElement.LoadLanes<TLanes>(keys + (i + 1) * blockSize + t);
                a1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[i + 1]), odd, a1);
                if (THeads.Count > 1) b1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i + 1]), odd, b1);
                if (THeads.Count > 2) c1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i + 1]), odd, c1);
                if (THeads.Count > 3) d1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i + 1]), odd, d1);
            }

            if (i < size)
            {
                var last = TElement.LoadLanes<TLanes>(keys + i * blockSize + t);
                a0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[i]), last, a0);
                if (THeads.Count > 1) b0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i]), last, b0);
                if (THeads.Count > 2) c0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i]), last, c0);
                if (THeads.Count > 3) d0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i]), last, d0);
            }

            TLanes.Store(TLanes.Add(a0, a1), scores + t);
            if (THeads.Count > 1) TLanes.Store(TLanes.Add(b0, b1), scores + stride + t);
            if (THeads.Count > 2) TLanes.Store(TLanes.Add(c0, c1), scores + 2 * stride + t);
            if (THeads.Count > 3) TLanes.Store(TLanes.Add(d0, d1), scores + 3 * stride + t);
        }

        for (; t < tokens; t++)
            for (var g = 0; g < THeads.Count; g++) scores[g * stride + t] = ScoreOne(q + g * size, keys + t, size, blockSize);
    }

    /// <summary>A token that fills no vector.</summary>
    private static float ScoreOne<TElement>(float* q, TElement* keys, int size, int blockSize)
        where TElement : unmanaged, IElement<TElement>
    {
        var score = 0f;
        for (var i = 0; i < size; i++) score += q[i] * TElement.Load(keys + i * blockSize);
        return score;
    }
}
