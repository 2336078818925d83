using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Reads the merges of tokenizer.json: hundreds of thousands, so they are looked up on all processors and without a string for each half.</summary>
internal sealed class MergeReader(Dictionary<string, int> ids, string file)
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <exception cref="ModelFormatException">A merge is no pair, or names a token that is not in the vocabulary.</exception>
    public MergeTable Read(JsonElement merges)
    {
        JsonElement[] elements = [.. merges.EnumerateArray()];
        var found = new (int Left, int Right, int Merged)[elements.Length];
        try
        {
            Parallel.For(0, elements.Length, rank => found[rank] = Find(elements[rank], rank));
        }
        catch (AggregateException e)
        {
            // As it would be without the parallel loop; of several faults one is enough.
            ExceptionDispatchInfo.Throw(e.InnerExceptions.OfType<ModelFormatException>().FirstOrDefault() ?? e.InnerExceptions[0]);
        }

        var table = new MergeTable(found.Length);
        for (var rank = 0; rank < found.Length; rank++) table.Add(found[rank].Left, found[rank].Right, rank, found[rank].Merged);
        return table;
    }

    /// <summary>Newer files write pairs, older ones one string with a space.</summary>
    private (int, int, int) Find(JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2) return Find(merge[0].GetString(), merge[1].GetString(), rank);
        if (merge.ValueKind == JsonValueKind.String && merge.GetString() is { } text && text.IndexOf(' ') is var space and >= 0 && text.LastIndexOf(' ') == space)
            return Find(text.AsSpan(0, space), text.AsSpan(space + 1), rank);
        throw new ModelFormatException($"{file}: merge {rank} is neither a pair nor two words: {merge}");
    }

    private (int, int, int) Find(ReadOnlySpan<char> left, ReadOnlySpan<char> right, int rank)
    {
        var length = left.Length + right.Length;
        var whole = length <= 256 ? stackalloc char[256] : new char[length];
        left.CopyTo(whole);
        right.CopyTo(whole[left.Length..]);
        if (!_ids.TryGetValue(left, out var l) || !_ids.TryGetValue(right, out var r) || !_ids.TryGetValue(whole[..length], out var merged))
            throw new ModelFormatException($"{file}: merge {rank} ('{left}' '{right}') names a token that is not in the vocabulary");
        return (l, r, merged);
    }
}
