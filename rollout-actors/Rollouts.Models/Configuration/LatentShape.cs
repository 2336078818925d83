namespace Rollouts.Models;

/// <summary>The sizes of multi-head latent attention.</summary>
/// <param name="QueryRank">Width of the compressed query; 0 where queries are not compressed.</param>
/// <param name="LatentSize">Width of the compressed key and value (kv_lora_rank).</param>
/// <param name="PlainSize">Elements of a query or key head without position (qk_nope_head_dim).</param>
/// <param name="RotarySize">Elements with it (qk_rope_head_dim); the key's are one head for all.</param>
/// <param name="ValueSize">Elements of a value head.</param>
/// <param name="PairsInterleaved">Whether rotated pairs lie side by side, (2i, 2i + 1).</param>
public sealed record LatentShape(int QueryRank, int LatentSize, int PlainSize, int RotarySize, int ValueSize, bool PairsInterleaved)
{
    /// <summary>Elements of a query or key head.</summary>
    public int KeySize => PlainSize + RotarySize;

    /// <summary>What scores are multiplied by: YaRN's correction for long contexts is squared, for queries and keys both have it.</summary>
    public double Scale(RopeScaling scaling)
    {
        var correction = scaling is RopeScaling.Yarn { ScaleAllDimensions: not 0 } yarn ? RopeScaling.Yarn.Correction(yarn.Factor, yarn.ScaleAllDimensions) : 1;
        return correction * correction / Math.Sqrt(KeySize);
    }
}
