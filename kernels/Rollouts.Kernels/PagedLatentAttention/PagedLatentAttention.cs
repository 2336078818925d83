namespace Rollouts.Kernels;

/// <summary>
/// Attention of one query token over the latents of its sequence, for some of its heads, whose queries have absorbed the matrix that would expand keys:
/// every head reads the same rows, as key whole and as value in its first part.
/// The sum runs over the tokens in order, whatever else is in the step: a token's result depends on the tokens before it alone.
/// </summary>
/// <remarks>DeepSeek-V2, <see href="https://arxiv.org/abs/2405.04434"/>, section 2.1.2; deepseek-ai/DeepSeek-V3, inference/model.py, the absorbing branch.</remarks>
public static unsafe partial class PagedLatentAttention
{
    /// <summary>Heads of one call.</summary>
    public const int MaxHeads = 16;

    /// <summary>Largest latent and rotary key together.</summary>
    public const int MaxWidth = 1024;

    /// <summary>One token, up to <see cref="MaxHeads"/> heads.</summary>
    /// <param name="query">[heads, latent size + rotary size]</param>
    /// <param name="output">[heads, latent size]</param>
    /// <param name="blocks">The sequence's block table.</param>
    /// <param name="length">Tokens attended to, the query's own included.</param>
    /// <param name="scale">Of the scores.</param>
    public static void Attend(in PagedLatent latents, int heads, nint query, nint output, int* blocks, int length, float scale)
    {
        if (latents.Type == ElementType.Float32) Dispatch<Float32>(latents, heads, (Float32*)query, (Float32*)output, blocks, length, scale);
        else Dispatch<BFloat16>(latents, heads, (BFloat16*)query, (BFloat16*)output, blocks, length, scale);
    }
}
