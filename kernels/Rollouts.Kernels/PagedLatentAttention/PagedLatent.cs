namespace Rollouts.Kernels;

/// <summary>
/// The compressed keys and values of one layer, in blocks: <c>[block][token][latent | rotary key]</c>, one row for all heads.
/// A token's slot is <c>block * block size + offset</c>, and so its row.
/// </summary>
/// <remarks>DeepSeek-V2, <see href="https://arxiv.org/abs/2405.04434"/>, section 2.1.</remarks>
/// <param name="Rows">Address of slot 0.</param>
/// <param name="Type">What they are held in.</param>
/// <param name="LatentSize">Elements of the latent, which stands for the key's and the value's part without position.</param>
/// <param name="RotarySize">Elements of the key that carries the position.</param>
/// <param name="BlockSize">Tokens of a block.</param>
public readonly record struct PagedLatent(nint Rows, ElementType Type, int LatentSize, int RotarySize, int BlockSize)
{
    /// <summary>Elements of a row.</summary>
    public int Width => LatentSize + RotarySize;

    /// <summary>Bytes of one block.</summary>
    public long BlockBytes => (long)BlockSize * Width * Type.Bytes();

    /// <summary>The address of a slot's row.</summary>
    public nint Row(long slot) => Rows + (nint)(slot * Width * Type.Bytes());
}
