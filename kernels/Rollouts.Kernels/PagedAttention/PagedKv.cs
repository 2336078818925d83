namespace Rollouts.Kernels;

/// <summary>
/// The keys and values of one layer, in blocks, each in a region of their own. Values are <c>[block][kv head][token][head size]</c>; keys are
/// <c>[block][kv head][head size][token]</c>, so that one vector holds an element of all tokens of a block and scores need no sum across a vector.
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

    /// <summary>Stores a token's key and value of one head.</summary>
    /// <param name="key">[head size]</param>
    /// <param name="value">[head size]</param>
    public unsafe void Store(int slot, int head, nint key, nint value)
    {
        var (tile, offset) = (Tile(slot / BlockSize, head), slot % BlockSize);
        if (Type == ElementType.Float32)
            for (var i = 0; i < HeadSize; i++) ((float*)(Keys + tile))[i * BlockSize + offset] = ((float*)key)[i];
        else
            for (var i = 0; i < HeadSize; i++) ((ushort*)(Keys + tile))[i * BlockSize + offset] = ((ushort*)key)[i];
        var bytes = HeadSize * Type.Bytes();
        Buffer.MemoryCopy((void*)value, (void*)(Values + tile + offset * bytes), bytes, bytes);
    }
}
