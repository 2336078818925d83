using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

// Shapes: G query heads of the group, H key size, V value size, C tokens of a chunk. Chunks begin at fixed positions, so a token's sums do not depend on anything else.
public static unsafe partial class PagedAttention
{
    /// <summary>Tokens whose scores are held at a time: their maximum and exponentials are taken in one pass.</summary>
    private const int ChunkTokens = 128;

    private const int CacheLine = 64;

    private static void Dispatch<TElement>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, TokenRange range, float scale)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(kv, head, group, query, output, blocks, range, scale);
        else Run<TElement, Lanes256>(kv, head, group, query, output, blocks, range, scale);
    }

    private static void DispatchContinue<TElement>(in PagedKv kv, int head, int group, TElement* query, float* state, int* blocks, TokenRange range, float scale)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Accumulate<TElement, Lanes512>(kv, head, group, query, state, blocks, range, scale);
        else Accumulate<TElement, Lanes256>(kv, head, group, query, state, blocks, range, scale);
    }

    [SkipLocalsInit]
    internal static void Run<TElement, TLanes>(in PagedKv kv, int head, int group, TElement* query, TElement* output, int* blocks, TokenRange range, float scale)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var state = stackalloc float[OnlineSoftmax.StateFloats(group, kv.ValueSize)];
        OnlineSoftmax.Begin(state, group, kv.ValueSize);
        Accumulate<TElement, TLanes>(kv, head, group, query, state, blocks, range, scale);
        OnlineSoftmax.Finish<TElement, TLanes>(state, output, group, kv.ValueSize);
    }

    [SkipLocalsInit]
    internal static void Accumulate<TElement, TLanes>(in PagedKv kv, int head, int group, TElement* query, float* state, int* blocks, TokenRange range, float scale)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var chunkTokens = Math.Max(1, ChunkTokens / kv.BlockSize) * kv.BlockSize;
        var chunk = new Chunk<TElement>(kv, head, chunkTokens + TLanes.Count);
        var q = stackalloc float[group * kv.KeySize];              // [G, H], scaled
        var scores = stackalloc float[group * chunk.Stride];       // [G, C]
        for (var i = 0; i < group * kv.KeySize; i++) q[i] = TElement.Load(query + i) * scale;

        for (var start = range.First / chunkTokens * chunkTokens; start < range.End; start += chunkTokens)
        {
            // A window's first block is read whole; its tokens before the window weigh nothing.
            var from = Math.Max(start, range.First / kv.BlockSize * kv.BlockSize);
            var tokens = Math.Min(start + chunkTokens, range.End) - from;
            var table = blocks + from / kv.BlockSize;
            ScoreGroup<TElement, TLanes>(chunk, q, scores, group, table, tokens);
            for (var g = 0; g < group && from < range.First; g++) new Span<float>(scores + g * chunk.Stride, range.First - from).Fill(float.NegativeInfinity);
            OnlineSoftmax.Weigh<TLanes>(scores, chunk.Stride, state, group, kv.ValueSize, tokens);
            AddGroup<TElement, TLanes>(chunk, state, scores, group, table, tokens);
        }
    }

    /// <summary>sums[g] += weights[g] x values over the blocks of a chunk.</summary>
    private static void AddGroup<TElement, TLanes>(in Chunk<TElement> chunk, float* sums, float* weights, int group, int* blocks, int tokens)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var size = chunk.Kv.ValueSize;
        for (var first = 0; first < tokens; first += chunk.BlockSize, blocks++)
        {
            if (first + chunk.BlockSize < tokens) chunk.Prefetch(chunk.Values(blocks[1]), size);
            WeightedRows.AddGroup<TElement, TLanes>(sums, size, weights + first, chunk.Stride, group, chunk.Values(*blocks), size, Math.Min(chunk.BlockSize, tokens - first));
        }
    }

    /// <summary>One KV head's part of the cache, a chunk at a time.</summary>
    /// <param name="Stride">Floats of a head's scores.</param>
    private readonly record struct Chunk<TElement>(PagedKv Kv, int Head, int Stride)
        where TElement : unmanaged, IElement<TElement>
    {
        public int BlockSize => Kv.BlockSize;

        public TElement* Keys(int block) => (TElement*)Kv.KeyTile(block, Head);

        public TElement* Values(int block) => (TElement*)Kv.ValueTile(block, Head);

        // Blocks lie anywhere, so the processor cannot guess the next one; we know it a whole block ahead.
        public void Prefetch(TElement* tile, int size)
        {
            for (var at = (byte*)tile; at < (byte*)(tile + BlockSize * size); at += CacheLine) Sse.Prefetch1(at);
        }
    }
}
