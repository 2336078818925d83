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
        var size = kv.HeadSize;
        var q = stackalloc float[group * size];                    // [G, H], scaled
        var sums = stackalloc float[group * size];                 // [G, H], unnormalised output
        var scores = stackalloc float[kv.BlockSize];               // [B]
        var largest = stackalloc float[group];
        var weight = stackalloc float[group];
        for (var i = 0; i < group * size; i++) (q[i], sums[i]) = (TElement.Load(query + i) * scale, 0);
        for (var g = 0; g < group; g++) (largest[g], weight[g]) = (float.NegativeInfinity, 0);

        for (var start = 0; start < length; start += kv.BlockSize)
        {
            var tile = kv.Tile(blocks[start / kv.BlockSize], head);
            var keys = (TElement*)(kv.Keys + tile);                // [B, H]
            var values = (TElement*)(kv.Values + tile);            // [B, H]
            var tokens = Math.Min(kv.BlockSize, length - start);
            for (var g = 0; g < group; g++)
            {
                var high = largest[g];
                for (var t = 0; t < tokens; t++) high = MathF.Max(high, scores[t] = Dot<TElement, TLanes>(q + g * size, keys + t * size, size));
                var keep = MathF.Exp(largest[g] - high);
                if (keep != 1) Scale<TLanes>(sums + g * size, keep, size);
                weight[g] *= keep;
                largest[g] = high;
                for (var t = 0; t < tokens; t++)
                {
                    var p = MathF.Exp(scores[t] - high);
                    weight[g] += p;
                    AddScaled<TElement, TLanes>(sums + g * size, p, values + t * size, size);
                }
            }
        }

        for (var g = 0; g < group; g++)
            for (var i = 0; i < size; i++) TElement.Store(sums[g * size + i] / weight[g], output + g * size + i);
    }

    private static float Dot<TElement, TLanes>(float* left, TElement* right, int size)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = TLanes.Broadcast(0);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) sum = TLanes.MultiplyAdd(TLanes.Load(left + i), TElement.LoadLanes<TLanes>(right + i), sum);
        var total = TLanes.Sum(sum);
        for (; i < size; i++) total += left[i] * TElement.Load(right + i);
        return total;
    }

    private static void AddScaled<TElement, TLanes>(float* sums, float factor, TElement* values, int size)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var factors = TLanes.Broadcast(factor);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TLanes.Store(TLanes.MultiplyAdd(factors, TElement.LoadLanes<TLanes>(values + i), TLanes.Load(sums + i)), sums + i);
        for (; i < size; i++) sums[i] += factor * TElement.Load(values + i);
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
