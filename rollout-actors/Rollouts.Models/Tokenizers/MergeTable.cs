using System.Runtime.CompilerServices;

namespace Rollouts.Models;

/// <summary>Which two symbols merge, how early, and into what: an open-addressed table, for it is asked several times a byte.</summary>
internal sealed class MergeTable
{
    private readonly ulong[] _keys;
    private readonly (int Rank, int Merged)[] _values;
    private readonly int _shift;

    public MergeTable(int capacity)
    {
        var size = 16;
        while (size < capacity * 2) size *= 2;
        _keys = new ulong[size];
        _values = new (int, int)[size];
        _shift = 64 - int.Log2(size);
        System.Array.Fill(_keys, ulong.MaxValue);
    }

    /// <summary>Adds a merge.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        var slot = Find(Key(left, right));
        if (_keys[slot] != ulong.MaxValue)
        {
            // The reference fills a map in order, so a pair that is listed twice has its last rank.
            _values[slot] = (rank, merged);
            return;
        }

        _keys[slot] = Key(left, right);
        _values[slot] = (rank, merged);
    }

    /// <summary>The rank of a pair and what it becomes; false where it does not merge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out int rank, out int merged)
    {
        var slot = Find(Key(left, right));
        (rank, merged) = _values[slot];
        return _keys[slot] != ulong.MaxValue;
    }

    private int Find(ulong key)
    {
        var keys = _keys;
        var slot = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (keys[slot] != key && keys[slot] != ulong.MaxValue) slot = (slot + 1) & (keys.Length - 1);
        return slot;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
