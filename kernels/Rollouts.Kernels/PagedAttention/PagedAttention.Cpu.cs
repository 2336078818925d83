using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

// Shapes: G query heads of the group, H head size, B tokens of a block.
public static unsafe partial class PagedAttention
{
    /// <summary>Query heads that share each load of a key or value.</summary>
    private const int HeadsPerPass = 4;

    private static void Dispatch<TElement>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(kv, head, group, query, output, blocks, length, scale);
        else Run<TElement, Lanes256>(kv, head, group, query, output, blocks, length, scale);
    }

    internal static void Run<TElement, TLanes>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (size, stride) = (kv.HeadSize, Padded<TLanes>(kv.BlockSize));
        // Heads go in passes of four; a rest of two or three is filled up with heads of zeros, a rest of one has a pass of its own.
        var heads = group % HeadsPerPass > 1 ? (group + HeadsPerPass - 1) / HeadsPerPass * HeadsPerPass : group;
        var q = stackalloc float[heads * size];                    // [G, H], scaled
        var sums = stackalloc float[heads * size];                 // [G, H], unnormalised output
        var scores = stackalloc float[heads * stride];             // [G, B]
        var largest = stackalloc float[heads];
        var weight = stackalloc float[heads];
        for (var i = 0; i < heads * size; i++) (q[i], sums[i]) = (i < group * size ? TElement.Load(query + i) * scale : 0, 0);
        for (var g = 0; g < heads; g++) (largest[g], weight[g]) = (float.NegativeInfinity, 0);

        for (var start = 0; start < length; start += kv.BlockSize)
        {
            var tile = kv.Tile(blocks[start / kv.BlockSize], head);
            var (keys, values) = ((nint)(kv.Keys + tile), (nint)(kv.Values + tile));
            var tokens = Math.Min(kv.BlockSize, length - start);
            if (start + kv.BlockSize < length) Prefetch(kv, kv.Tile(blocks[start / kv.BlockSize + 1], head));
            var g = 0;
            for (; g + HeadsPerPass <= heads; g += HeadsPerPass) ScoreFour<TElement, TLanes>(q + g * size, (TElement*)keys, scores + g * stride, size, kv.BlockSize, stride, tokens);
            for (; g < heads; g++) Score<TElement, TLanes>(q + g * size, (TElement*)keys, scores + g * stride, size, kv.BlockSize, tokens);
            for (g = 0; g < heads; g++) Weigh<TLanes>(scores + g * stride, sums + g * size, ref largest[g], ref weight[g], size, tokens);
            for (g = 0; g + HeadsPerPass <= heads; g += HeadsPerPass) AddValuesFour<TElement, TLanes>(sums + g * size, scores + g * stride, (TElement*)values, size, stride, tokens);
            for (; g < heads; g++) AddValues<TElement, TLanes>(sums + g * size, scores + g * stride, (TElement*)values, size, tokens);
        }

        for (var g = 0; g < group; g++)
            for (var i = 0; i < size; i++) TElement.Store(sums[g * size + i] / weight[g], output + g * size + i);
    }

    // Blocks lie anywhere, so the processor cannot guess the next one; we know it a whole block ahead.
    private static void Prefetch(in PagedKv kv, nint tile)
    {
        var bytes = kv.BlockSize * kv.HeadSize * kv.Type.Bytes();
        for (var i = 0; i < bytes; i += 64)
        {
            Sse.Prefetch0((void*)(kv.Keys + tile + i));
            Sse.Prefetch0((void*)(kv.Values + tile + i));
        }
    }

    private static int Padded<TLanes>(int count)
        where TLanes : unmanaged, ILanes<TLanes> => (count + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    /// <summary>scores[t] = q . keys[., t]: a vector of tokens at a time, summed in four parts for the adder's latency. Places past the last token are filled with whatever is there.</summary>
    private static void Score<TElement, TLanes>(float* q, TElement* keys, float* scores, int size, int blockSize, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var t = 0;
        for (; t < tokens && t + TLanes.Count <= blockSize; t += TLanes.Count)
        {
            var zero = TLanes.Broadcast(0);
            var (a, b, c, d) = (zero, zero, zero, zero);
            var i = 0;
            for (; i + 4 <= size; i += 4)
            {
                var at = keys + i * blockSize + t;
                a = TLanes.MultiplyAdd(TLanes.Broadcast(q[i]), TElement.LoadLanes<TLanes>(at), a);
                b = TLanes.MultiplyAdd(TLanes.Broadcast(q[i + 1]), TElement.LoadLanes<TLanes>(at + blockSize), b);
                c = TLanes.MultiplyAdd(TLanes.Broadcast(q[i + 2]), TElement.LoadLanes<TLanes>(at + 2 * blockSize), c);
                d = TLanes.MultiplyAdd(TLanes.Broadcast(q[i + 3]), TElement.LoadLanes<TLanes>(at + 3 * blockSize), d);
            }

            for (; i < size; i++) a = TLanes.MultiplyAdd(TLanes.Broadcast(q[i]), TElement.LoadLanes<TLanes>(keys + i * blockSize + t), a);
            TLanes.Store(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), scores + t);
        }

        ScoreRest<TElement>(q, keys, scores, size, blockSize, t, tokens);
    }

    /// <summary>The same for four heads, each vector of keys loaded and widened once.</summary>
    private static void ScoreFour<TElement, TLanes>(float* q, TElement* keys, float* scores, int size, int blockSize, int stride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
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
                b0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i]), even, b0);
                c0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i]), even, c0);
                d0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i]), even, d0);
                var odd = TElement.LoadLanes<TLanes>(keys + (i + 1) * blockSize + t);
                a1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[i + 1]), odd, a1);
                b1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i + 1]), odd, b1);
                c1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i + 1]), odd, c1);
                d1 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i + 1]), odd, d1);
            }

            if (i < size)
            {
                var last = TElement.LoadLanes<TLanes>(keys + i * blockSize + t);
                a0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[i]), last, a0);
                b0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[size + i]), last, b0);
                c0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[2 * size + i]), last, c0);
                d0 = TLanes.MultiplyAdd(TLanes.Broadcast(q[3 * size + i]), last, d0);
            }

            TLanes.Store(TLanes.Add(a0, a1), scores + t);
            TLanes.Store(TLanes.Add(b0, b1), scores + stride + t);
            TLanes.Store(TLanes.Add(c0, c1), scores + 2 * stride + t);
            TLanes.Store(TLanes.Add(d0, d1), scores + 3 * stride + t);
        }

        if (t >= tokens) return;
        for (var g = 0; g < HeadsPerPass; g++) ScoreRest<TElement>(q + g * size, keys, scores + g * stride, size, blockSize, t, tokens);
    }

    /// <summary>Tokens that fill no vector.</summary>
    private static void ScoreRest<TElement>(float* q, TElement* keys, float* scores, int size, int blockSize, int t, int tokens)
        where TElement : unmanaged, IElement<TElement>
    {
        for (; t < tokens; t++)
        {
            scores[t] = 0;
            for (var i = 0; i < size; i++) scores[t] += q[i] * TElement.Load(keys + i * blockSize + t);
        }
    }

    /// <summary>One head's scores of a block become weights; what was summed under a smaller maximum is scaled down.</summary>
    private static void Weigh<TLanes>(float* scores, float* sums, ref float largest, ref float weight, int size, int tokens)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var high = largest;
        for (var t = 0; t < tokens; t++) high = MathF.Max(high, scores[t]);
        // Places past the last token count for nothing.
        for (var t = tokens; t < Padded<TLanes>(tokens); t++) scores[t] = float.NegativeInfinity;
        if (high != largest)
        {
            var keep = MathF.Exp(largest - high);
            Scale<TLanes>(sums, keep, size);
            weight *= keep;
            largest = high;
        }

        var (sum, shift) = (TLanes.Broadcast(0), TLanes.Broadcast(high));
        for (var t = 0; t < tokens; t += TLanes.Count)
        {
            var p = TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + t), shift));
            TLanes.Store(p, scores + t);
            sum = TLanes.Add(sum, p);
        }

        weight += TLanes.Sum(sum);
    }

    /// <summary>sums += weights x values, a vector of the head at a time so that the sum stays in a register.</summary>
    private static void AddValues<TElement, TLanes>(float* sums, float* weights, TElement* values, int size, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var i = 0;
        for (; i + 2 * TLanes.Count <= size; i += 2 * TLanes.Count)
        {
            var (first, second) = (TLanes.Load(sums + i), TLanes.Load(sums + i + TLanes.Count));
            for (var t = 0; t < tokens; t++)
            {
                var p = TLanes.Broadcast(weights[t]);
                first = TLanes.MultiplyAdd(p, TElement.LoadLanes<TLanes>(values + t * size + i), first);
                second = TLanes.MultiplyAdd(p, TElement.LoadLanes<TLanes>(values + t * size + i + TLanes.Count), second);
            }

            TLanes.Store(first, sums + i);
            TLanes.Store(second, sums + i + TLanes.Count);
        }

        for (; i < size; i++)
            for (var t = 0; t < tokens; t++) sums[i] += weights[t] * TElement.Load(values + t * size + i);
    }

    /// <summary>The same for four heads, each vector of values loaded and widened once.</summary>
    private static void AddValuesFour<TElement, TLanes>(float* sums, float* weights, TElement* values, int size, int stride, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count)
        {
            var (a, b, c, d) = (TLanes.Load(sums + i), TLanes.Load(sums + size + i), TLanes.Load(sums + 2 * size + i), TLanes.Load(sums + 3 * size + i));
            for (var t = 0; t < tokens; t++)
            {
                var value = TElement.LoadLanes<TLanes>(values + t * size + i);
                a = TLanes.MultiplyAdd(TLanes.Broadcast(weights[t]), value, a);
                b = TLanes.MultiplyAdd(TLanes.Broadcast(weights[stride + t]), value, b);
                c = TLanes.MultiplyAdd(TLanes.Broadcast(weights[2 * stride + t]), value, c);
                d = TLanes.MultiplyAdd(TLanes.Broadcast(weights[3 * stride + t]), value, d);
            }

            TLanes.Store(a, sums + i);
            TLanes.Store(b, sums + size + i);
            TLanes.Store(c, sums + 2 * size + i);
            TLanes.Store(d, sums + 3 * size + i);
        }

        for (; i < size; i++)
            for (var g = 0; g < HeadsPerPass; g++)
                for (var t = 0; t < tokens; t++) sums[g * size + i] += weights[g * stride + t] * TElement.Load(values + t * size + i);
    }

    private static void Scale<TLanes>(float* sums, float factor, int size)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var factors = TLanes.Broadcast(factor);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(sums + i), factors), sums + i);
        for (; i < size; i++) sums[i] *= factor;
    }
}
