using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

// Shapes: G query heads of the group, H head size, C tokens of a chunk. Chunks begin at fixed positions, so a token's sums do not depend on anything else.
public static unsafe partial class PagedAttention
{
    /// <summary>Tokens whose scores are held at a time: their maximum and exponentials are taken in one pass.</summary>
    private const int ChunkTokens = 128;

    private const int CacheLine = 64;

    private static void Dispatch<TElement>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(kv, head, group, query, output, blocks, length, scale);
        else Run<TElement, Lanes256>(kv, head, group, query, output, blocks, length, scale);
    }

    [SkipLocalsInit]
    internal static void Run<TElement, TLanes>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, int length, float scale)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var size = kv.HeadSize;
        var blocksPerChunk = Math.Max(1, ChunkTokens / kv.BlockSize);
        var chunk = new Chunk<TElement>(kv, head, blocksPerChunk * kv.BlockSize + TLanes.Count);
        var q = stackalloc float[group * size];                    // [G, H], scaled
        var sums = stackalloc float[group * size];                 // [G, H], unnormalised output
        var scores = stackalloc float[group * chunk.Stride];       // [G, C]
        var largest = stackalloc float[group];
        var weight = stackalloc float[group];
        for (var i = 0; i < group * size; i++) (q[i], sums[i]) = (TElement.Load(query + i) * scale, 0);
        for (var g = 0; g < group; g++) (largest[g], weight[g]) = (float.NegativeInfinity, 0);

        for (var start = 0; start < length; start += blocksPerChunk * kv.BlockSize, blocks += blocksPerChunk)
        {
            var tokens = Math.Min(blocksPerChunk * kv.BlockSize, length - start);
            ScoreGroup<TElement, TLanes>(chunk, q, scores, group, blocks, tokens);
            for (var g = 0; g < group; g++) Weigh<TLanes>(scores + g * chunk.Stride, sums + g * size, ref largest[g], ref weight[g], size, tokens);
            AddGroup<TElement, TLanes>(chunk, sums, scores, group, blocks, tokens);
        }

        for (var g = 0; g < group; g++) Normalise<TElement, TLanes>(sums + g * size, weight[g], output + g * size, size);
    }

    /// <summary>One head's scores of a chunk become weights; what was summed under a smaller maximum is scaled down.</summary>
    private static void Weigh<TLanes>(float* scores, float* sums, ref float largest, ref float weight, int size, int tokens)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        // Places past the last token count for nothing.
        for (var t = tokens; t % TLanes.Count != 0; t++) scores[t] = float.NegativeInfinity;
        var highs = TLanes.Broadcast(largest);
        for (var t = 0; t < tokens; t += TLanes.Count) highs = TLanes.Max(highs, TLanes.Load(scores + t));
        var high = TLanes.Largest(highs);
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

    private static void Scale<TLanes>(float* sums, float factor, int size)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var factors = TLanes.Broadcast(factor);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(sums + i), factors), sums + i);
        for (; i < size; i++) sums[i] *= factor;
    }

    private static void Normalise<TElement, TLanes>(float* sums, float weight, TElement* output, int size)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var weights = TLanes.Broadcast(weight);
        var i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) TElement.StoreLanes(TLanes.Divide(TLanes.Load(sums + i), weights), output + i);
        for (; i < size; i++) TElement.Store(sums[i] / weight, output + i);
    }

    /// <summary>One KV head's part of the cache, a chunk at a time.</summary>
    /// <param name="Stride">Floats of a head's scores.</param>
    private readonly record struct Chunk<TElement>(PagedKv Kv, int Head, int Stride)
        where TElement : unmanaged, IElement<TElement>
    {
        public int Size => Kv.HeadSize;

        public int BlockSize => Kv.BlockSize;

        public TElement* Keys(int block) => (TElement*)(Kv.Keys + Kv.Tile(block, Head));

        public TElement* Values(int block) => (TElement*)(Kv.Values + Kv.Tile(block, Head));

        // Blocks lie anywhere, so the processor cannot guess the next one; we know it a whole block ahead.
        public void Prefetch(TElement* tile)
        {
            for (var at = (byte*)tile; at < (byte*)(tile + BlockSize * Size); at += CacheLine) Sse.Prefetch1(at);
        }
    }
}
