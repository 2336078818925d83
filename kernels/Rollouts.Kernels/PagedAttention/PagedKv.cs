namespace Rollouts.Kernels;

/// <summary>
/// The keys and values of one layer, in blocks: <c>[block][kv head][token of the block][head size]</c>, keys and values each in a region of their own.
/// A token's slot is <c>block * block size + offset</c>.
/// </summary>
/// <param name="Keys">Address of block 0's keys.</param>
/// <param name="Values">Address of block 0's values.</param>
/// <param name="Type">What they are held in.</param>
/// <param name="NumHeads">KV heads.</param>
/// <param name="HeadSize">Elements of a head.</param>
/// <param name="BlockSize">Tokens of a block.</param>
public readonly record struct PagedKv(nint Keys, nint Values, ElementType Type, int NumHeads, int HeadSize, int BlockSize)
{
    /// <summary>Bytes of keys (or of values) in one block.</summary>
    public long BlockBytes => (long)NumHeads * BlockSize * HeadSize * Type.Bytes();

    /// <summary>Where a head's tokens of a block begin, in bytes from the region's start.</summary>
    public nint Tile(int block, int head) => (nint)(block * BlockBytes + (long)head * BlockSize * HeadSize * Type.Bytes());

    /// <summary>Where a token's head stands, in bytes from the region's start.</summary>
    public nint Token(int slot, int head) => Tile(slot / BlockSize, head) + slot % BlockSize * HeadSize * Type.Bytes();
}
