namespace Rollouts.Engine;

/// <summary>
/// The KV blocks: counted references, a free list in order of last use, and the hashes of full blocks.
/// Invariant: a block is in the free list exactly while nobody refers to it; a free block keeps its hash, and so can be taken up again, until it is handed out.
/// </summary>
internal sealed class BlockPool
{
    private readonly int[] _references;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly BlockHash?[] _hashes;
    private readonly Dictionary<BlockHash, int> _byHash;
    private readonly int _end;

    public BlockPool(int numBlocks)
    {
        _references = new int[numBlocks];
        _hashes = new BlockHash?[numBlocks];
        // Of full size from the start: a step allocates nothing.
        _byHash = new Dictionary<BlockHash, int>(numBlocks);
        // A ring through a sentinel: the least recently used comes first.
        _end = numBlocks;
        _next = new int[numBlocks + 1];
        _previous = new int[numBlocks + 1];
        for (var i = 0; i <= numBlocks; i++) (_next[i], _previous[i]) = ((i + 1) % (numBlocks + 1), (i + numBlocks) % (numBlocks + 1));
        NumFree = numBlocks;
    }

    /// <summary>All blocks.</summary>
    public int NumBlocks => _references.Length;

    /// <summary>Blocks that can be handed out.</summary>
    public int NumFree { get; private set; }

    /// <summary>Hands out the block that was not used for the longest time; -1 where none is free.</summary>
    public int Rent()
    {
        var block = _next[_end];
        if (block == _end) return -1;
        if (_hashes[block] is { } hash && _byHash.GetValueOrDefault(hash, -1) == block) _byHash.Remove(hash);
        _hashes[block] = null;
        Take(block);
        return block;
    }

    /// <summary>One more reference to a block.</summary>
    public void Retain(int block)
    {
        if (_references[block] == 0) Take(block);
        else _references[block]++;
    }

    /// <summary>One reference less; the last makes it free.</summary>
    public void Release(int block)
    {
        if (_references[block] <= 0) throw new InvalidOperationException($"KV block {block} was given back twice.");
        if (--_references[block] > 0) return;
        (_previous[block], _next[block]) = (_previous[_end], _end);
        _next[_previous[_end]] = block;
        _previous[_end] = block;
        NumFree++;
    }

    /// <summary>A block with these tokens, whoever computed it; -1 where there is none.</summary>
    public int Find(BlockHash hash) => _byHash.GetValueOrDefault(hash, -1);

    /// <summary>Names a full block, for others to find.</summary>
    public void Publish(int block, BlockHash hash)
    {
        _hashes[block] = hash;
        _byHash.TryAdd(hash, block);
    }

    /// <summary>Forgets all hashes: after a change of weights nothing old is found again.</summary>
    public void ForgetAll()
    {
        _byHash.Clear();
        Array.Clear(_hashes);
    }

    private void Take(int block)
    {
        _next[_previous[block]] = _next[block];
        _previous[_next[block]] = _previous[block];
        _references[block] = 1;
        NumFree--;
    }
}
