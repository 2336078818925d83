using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

// Shapes: G query heads of the group, H head size, B tokens of a block.
public static unsafe partial class PagedAttention
{
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
        var q = stackalloc float[group * size];                    // [G, H], scaled
        var sums = stackalloc float[group * size];                 // [G, H], unnormalised output
        var scores = stackalloc float[group * stride];             // [G, B]
        var largest = stackalloc float[group];
        var weight = stackalloc float[group];
        for (var i = 0; i < group * size; i++) (q[i], sums[i]) = (TElement.Load(query + i) * scale, 0);
        for (var g = 0; g < group; g++) (largest[g], weight[g]) = (float.NegativeInfinity, 0);

        for (var start = 0; start < length; start += kv.BlockSize)
        {
            var tile = kv.Tile(blocks[start / kv.BlockSize], head);
            var tokens = Math.Min(kv.BlockSize, length - start);
            for (var g = 0; g < group; g++) Score<TElement, TLanes>(q + g * size, (TElement*)(kv.Keys + tile), scores + g * stride, size, kv.BlockSize, tokens);
            for (var g = 0; g < group; g++) Weigh<TLanes>(scores + g * stride, sums + g * size, ref largest[g], ref weight[g], size, tokens);
            for (var g = 0; g < group; g++) AddValues<TElement, TLanes>(sums + g * size, scores + g * stride, (TElement*)(kv.Values + tile), size, tokens);
        }

        for (var g = 0; g < group; g++)
            for (var i = 0; i < size; i++) TElement.Store(sums[g * size + i] / weight[g], output + g * size + i);
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

    private static void Scale<TLanes>(float* sums, float factor, int size)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var factors = TLanes.Broadcast(factor);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(sums + i), factors), sums + i);
        for (; i < size; i++) sums[i] *= factor;
    }
}
