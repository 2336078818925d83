namespace Rollouts.Kernels;

/// <summary>
/// The keys and values of one layer, in blocks, each in a region of their own. Values are <c>[block][kv head][token][value size]</c>; keys are
/// <c>[block][kv head][key size][token]</c>, so that one vector holds an element of all tokens of a block and scores need no sum across a vector.
/// A token's slot is <c>block * block size + offset</c>.
/// </summary>
/// <param name="Keys">Address of block 0's keys.</param>
/// <param name="Values">Address of block 0's values.</param>
/// <param name="Type">What they are held in.</param>
/// <param name="NumHeads">KV heads.</param>
/// <param name="KeySize">Elements of a key.</param>
/// <param name="ValueSize">Elements of a value.</param>
/// <param name="BlockSize">Tokens of a block.</param>
public readonly record struct PagedKv(nint Keys, nint Values, ElementType Type, int NumHeads, int KeySize, int ValueSize, int BlockSize)
{
    /// <summary>Bytes of keys in one block.</summary>
    public long KeyBlockBytes => (long)NumHeads * BlockSize * KeySize * Type.Bytes();

    /// <summary>Bytes of values in one block.</summary>
    public long ValueBlockBytes => (long)NumHeads * BlockSize * ValueSize * Type.Bytes();

    /// <summary>Where a head's keys of a block begin: <c>[key size][token]</c>.</summary>
    public nint KeyTile(int block, int head) => Keys + (nint)(block * KeyBlockBytes + (long)head * BlockSize * KeySize * Type.Bytes());

    /// <summary>Where a head's values of a block begin: <c>[token][value size]</c>.</summary>
    public nint ValueTile(int block, int head) => Values + (nint)(block * ValueBlockBytes + (long)head * BlockSize * ValueSize * Type.Bytes());

    /// <summary>Stores a token's key and value of one head.</summary>
    /// <param name="key">[key size]</param>
    /// <param name="value">[value size]</param>
    public unsafe void Store(int slot, int head, nint key, nint value)
    {
        var (block, offset) = (slot / BlockSize, slot % BlockSize);
        var keys = KeyTile(block, head);
        if (Type == ElementType.Float32)
            for (var i = 0; i < KeySize; i++) ((float*)keys)[i * BlockSize + offset] = ((float*)key)[i];
        else
            for (var i = 0; i < KeySize; i++) ((ushort*)keys)[i * BlockSize + offset] = ((ushort*)key)[i];
        var bytes = ValueSize * Type.Bytes();
        Buffer.MemoryCopy((void*)value, (void*)(ValueTile(block, head) + offset * bytes), bytes, bytes);
    }
}
