namespace Rollouts.Kernels;

/// <summary>
/// Attention of one query token over the paged keys and values of its sequence, for one KV head and the query heads that share it.
/// The sum runs over the tokens in order, whatever else is in the step: a token's result depends on the tokens before it alone.
/// </summary>
/// <remarks>Online softmax: <see cref="OnlineSoftmax"/>; paging: Kwon et al. 2023, <see href="https://arxiv.org/abs/2309.06180"/>.</remarks>
public static unsafe partial class PagedAttention
{
    /// <summary>Query heads that may share a KV head.</summary>
    public const int MaxGroup = 16;

    /// <summary>Largest head.</summary>
    public const int MaxHeadSize = 256;

    /// <summary>Largest block.</summary>
    public const int MaxBlockSize = 256;

    /// <summary>Floats of an unfinished attention.</summary>
    public static int StateFloats(int group, int valueSize) => OnlineSoftmax.StateFloats(group, valueSize);

    /// <summary>One token, one KV head.</summary>
    /// <param name="query">[group, key size], the heads that share the KV head.</param>
    /// <param name="output">[group, value size].</param>
    /// <param name="blocks">The sequence's block table; entries before the range are not read.</param>
    /// <param name="range">Tokens attended to.</param>
    /// <param name="scale">Of the scores, usually 1 / sqrt(key size).</param>
    public static void Attend(in PagedKv kv, int head, int group, nint query, nint output, int* blocks, TokenRange range, float scale)
    {
        if (kv.Type == ElementType.Float32) Dispatch<Float32>(kv, head, group, (Float32*)query, (Float32*)output, blocks, range, scale);
        else Dispatch<BFloat16>(kv, head, group, (BFloat16*)query, (BFloat16*)output, blocks, range, scale);
    }

    /// <summary>Adds tokens to an attention that others follow.</summary>
    /// <param name="state">[<see cref="StateFloats"/>], after <see cref="Begin"/>.</param>
    /// <inheritdoc cref="Attend(in PagedKv, int, int, nint, nint, int*, TokenRange, float)"/>
    public static void Continue(in PagedKv kv, int head, int group, nint query, float* state, int* blocks, TokenRange range, float scale)
    {
        if (kv.Type == ElementType.Float32) DispatchContinue(kv, head, group, (Float32*)query, state, blocks, range, scale);
        else DispatchContinue(kv, head, group, (BFloat16*)query, state, blocks, range, scale);
    }

    /// <summary>Begins an attention that comes in parts.</summary>
    public static void Begin(float* state, int group, int valueSize) => OnlineSoftmax.Begin(state, group, valueSize);

    /// <summary>Ends an attention that came in parts.</summary>
    /// <param name="output">[group, value size]</param>
    public static void Finish(float* state, nint output, ElementType type, int group, int valueSize)
    {
        if (type == ElementType.Float32) OnlineSoftmax.Finish<Float32, Lanes256>(state, (Float32*)output, group, valueSize);
        else OnlineSoftmax.Finish<BFloat16, Lanes256>(state, (BFloat16*)output, group, valueSize);
    }
}
