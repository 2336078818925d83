namespace Rollouts.Kernels;

/// <summary>Rotary position embedding, the halves of a head rotated against each other.</summary>
/// <remarks>Su et al. 2021, RoFormer, <see href="https://arxiv.org/abs/2104.09864"/>; the pairing (i, i + size/2) is that of transformers' rotate_half.</remarks>
public static unsafe partial class Rotary
{
    /// <summary>Rotates one head in place.</summary>
    /// <param name="head">[size] of <paramref name="type"/>.</param>
    /// <param name="cosines">[size / 2] at the token's position.</param>
    /// <param name="sines">[size / 2] at the token's position.</param>
    public static void Rotate(nint head, ElementType type, float* cosines, float* sines, int size)
    {
        if (type == ElementType.Float32) Dispatch((Float32*)head, cosines, sines, size / 2);
        else Dispatch((BFloat16*)head, cosines, sines, size / 2);
    }

    /// <summary>Rotates one head whose pairs lie side by side, (2i, 2i + 1), in place.</summary>
    /// <remarks>deepseek-ai/DeepSeek-V3, inference/model.py, apply_rotary_emb.</remarks>
    /// <inheritdoc cref="Rotate"/>
    public static void RotatePairs(nint head, ElementType type, float* cosines, float* sines, int size)
    {
        if (type == ElementType.Float32) RunPairs((Float32*)head, cosines, sines, size / 2);
        else RunPairs((BFloat16*)head, cosines, sines, size / 2);
    }
}
