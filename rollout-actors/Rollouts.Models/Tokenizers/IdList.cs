using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rollouts.Models;

/// <summary>Ids as they are found; handed out without a copy where they fit.</summary>
internal struct IdList(int capacity)
{
    private int[] _ids = new int[capacity];
    private int _count;

    public void Add(int id)
    {
        if (_count == _ids.Length) Array.Resize(ref _ids, _count * 2 + 4);
        _ids[_count++] = id;
    }

    public void AddRange(ReadOnlySpan<int> ids)
    {
        if (_count + ids.Length > _ids.Length) Array.Resize(ref _ids, Math.Max(_ids.Length * 2, _count + ids.Length));
        ids.CopyTo(_ids.AsSpan(_count));
        _count += ids.Length;
    }

    public ImmutableArray<int> ToImmutable()
    {
        if (_count != _ids.Length) Array.Resize(ref _ids, _count);
        return ImmutableCollectionsMarshal.AsImmutableArray(_ids);
    }
}
