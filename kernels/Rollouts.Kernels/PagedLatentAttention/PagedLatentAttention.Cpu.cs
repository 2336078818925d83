using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

// Shapes: G heads, W row width, L latent size, C tokens of a chunk.
public static unsafe partial class PagedLatentAttention
{
    /// <summary>Tokens whose scores are held at a time; their rows stay in the second cache between scores and sums.</summary>
    private const int ChunkTokens = 128;

    private static void Dispatch<TElement>(in PagedLatent latents, int heads, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(latents, heads, query, output, blocks, length, scale);
        else Run<TElement, Lanes256>(latents, heads, query, output, blocks, length, scale);
    }

    [SkipLocalsInit]
    internal static void Run<TElement, TLanes>(in PagedLatent latents, int heads, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (width, blockSize, size) = (latents.Width, latents.BlockSize, latents.LatentSize);
        var chunkTokens = Math.Max(1, ChunkTokens / blockSize) * blockSize;
        var stride = chunkTokens + TLanes.Count;
        var state = stackalloc float[OnlineSoftmax.StateFloats(heads, size)];
        var q = stackalloc float[heads * width];             // [G, W], scaled
        var scores = stackalloc float[heads * stride];       // [G, C]
        OnlineSoftmax.Begin(state, heads, size);
        for (var i = 0; i < heads * width; i++) q[i] = TElement.Load(query + i) * scale;

        for (var start = 0; start < length; start += chunkTokens)
        {
            var tokens = Math.Min(chunkTokens, length - start);
            var table = blocks + start / blockSize;
            for (var first = 0; first < tokens; first += blockSize)
                ScoreRows<TElement, TLanes>(q, heads, width, (TElement*)latents.Row((long)table[first / blockSize] * blockSize), Math.Min(blockSize, tokens - first), scores + first, stride);
            OnlineSoftmax.Weigh<TLanes>(scores, stride, state, heads, size, tokens);
            for (var first = 0; first < tokens; first += blockSize)
                WeightedRows.AddGroup<TElement, TLanes>(state, size, scores + first, stride, heads, (TElement*)latents.Row((long)table[first / blockSize] * blockSize), width, Math.Min(blockSize, tokens - first));
        }

        OnlineSoftmax.Finish<TElement, TLanes>(state, output, heads, size);
    }

    /// <summary>scores[g][t] = q[g] . rows[t]: four heads and two rows at a time, so that each load is used more than once.</summary>
    private static void ScoreRows<TElement, TLanes>(float* q, int heads, int width, TElement* rows, int tokens, float* scores, int stride)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sums = stackalloc float[8];
        for (var g = 0; g < heads; g += 4)
        {
            // Where fewer than four heads are left, the last stands in for the rest.
            float* Head(int h) => q + Math.Min(g + h, heads - 1) * width;
            for (var t = 0; t < tokens; t += 2)
            {
                Dots<TElement, TLanes>(Head(0), Head(1), Head(2), Head(3), rows + t * width, rows + Math.Min(t + 1, tokens - 1) * width, width, sums);
                for (var h = 0; h < 4 && g + h < heads; h++)
                {
                    scores[(g + h) * stride + t] = sums[h];
                    if (t + 1 < tokens) scores[(g + h) * stride + t + 1] = sums[4 + h];
                }
            }
        }
    }

    /// <summary>The products of four heads with two rows.</summary>
    private static void Dots<TElement, TLanes>(float* q0, float* q1, float* q2, float* q3, TElement* first, TElement* second, int width, float* sums)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var zero = TLanes.Broadcast(0);
        var (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero);
        var i = 0;
        for (; i + TLanes.Count <= width; i += TLanes.Count)
        {
            var (a, b) = (TElement.LoadLanes<TLanes>(first + i), TElement.LoadLanes<TLanes>(second + i));
            var x = TLanes.Load(q0 + i);
            (a0, b0) = (TLanes.MultiplyAdd(x, a, a0), TLanes.MultiplyAdd(x, b, b0));
            x = TLanes.Load(q1 + i);
            (a1, b1) = (TLanes.MultiplyAdd(x, a, a1), TLanes.MultiplyAdd(x, b, b1));
            x = TLanes.Load(q2 + i);
            (a2, b2) = (TLanes.MultiplyAdd(x, a, a2), TLanes.MultiplyAdd(x, b, b2));
            x = TLanes.Load(q3 + i);
            (a3, b3) = (TLanes.MultiplyAdd(x, a, a3), TLanes.MultiplyAdd(x, b, b3));
        }

        TLanes.SumFour(a0, a1, a2, a3, sums);
        TLanes.SumFour(b0, b1, b2, b3, sums + 4);
        for (; i < width; i++)
        {
            var (a, b) = (TElement.Load(first + i), TElement.Load(second + i));
            (sums[0], sums[1], sums[2], sums[3]) = (sums[0] + q0[i] * a, sums[1] + q1[i] * a, sums[2] + q2[i] * a, sums[3] + q3[i] * a);
            (sums[4], sums[5], sums[6], sums[7]) = (sums[4] + q0[i] * b, sums[5] + q1[i] * b, sums[6] + q2[i] * b, sums[7] + q3[i] * b);
        }
    }
}
