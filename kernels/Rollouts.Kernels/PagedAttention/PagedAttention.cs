namespace Rollouts.Kernels;

/// <summary>
/// Attention of one query token over the paged keys and values of its sequence, for one KV head and the query heads that share it.
/// The sum runs over the tokens in order, whatever else is in the step: a token's result depends on the tokens before it alone.
/// </summary>
/// <remarks>Online softmax: Milakov and Gimelshein 2018, <see href="https://arxiv.org/abs/1805.02867"/>; paging: Kwon et al. 2023, <see href="https://arxiv.org/abs/2309.06180"/>.</remarks>
public static unsafe partial class PagedAttention
{
    /// <summary>Query heads that may share a KV head.</summary>
    public const int MaxGroup = 16;

    /// <summary>Largest head.</summary>
    public const int MaxHeadSize = 256;

    /// <summary>Largest block.</summary>
    public const int MaxBlockSize = 256;

    /// <summary>One token, one KV head.</summary>
    /// <param name="query">[group, head size], the heads that share the KV head.</param>
    /// <param name="output">[group, head size].</param>
    /// <param name="blocks">The sequence's block table.</param>
    /// <param name="length">Tokens attended to, the query's own included.</param>
    /// <param name="scale">Of the scores, usually 1 / sqrt(head size).</param>
    public static void Attend(in PagedKv kv, int head, int group, nint query, nint output, int* blocks, int length, float scale)
    {
        if (kv.Type == ElementType.Float32) Dispatch<Float32>(kv, head, group, (Float32*)query, (Float32*)output, blocks, length, scale);
        else Dispatch<BFloat16>(kv, head, group, (BFloat16*)query, (BFloat16*)output, blocks, length, scale);
    }
}
