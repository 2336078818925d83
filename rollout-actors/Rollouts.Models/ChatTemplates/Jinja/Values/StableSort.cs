namespace Rollouts.Models.Jinja.Values;

/// <summary>A merge sort that keeps the order of equals and lets what the comparison throws pass, neither of which the runtime's sort promises.</summary>
internal static class StableSort
{
    /// <param name="less">Whether one key comes before another.</param>
    public static T[] Sort<T>(T[] items, Func<T, Value> key, Func<Value, Value, bool> less)
    {
        var from = items.Select(item => (Key: key(item), Item: item)).ToArray();
        var to = new (Value Key, T Item)[from.Length];
        for (var width = 1; width < from.Length; width *= 2)
        {
            for (var start = 0; start < from.Length; start += 2 * width)
                Merge(from, to, start, Math.Min(start + width, from.Length), Math.Min(start + 2 * width, from.Length), less);
            (from, to) = (to, from);
        }

        return [.. from.Select(pair => pair.Item)];
    }

    private static void Merge<T>((Value Key, T Item)[] from, (Value Key, T Item)[] to, int start, int middle, int end, Func<Value, Value, bool> less)
    {
        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
            to[at] = left < middle && (right >= end || !less(from[right].Key, from[left].Key)) ? from[left++] : from[right++];
    }
}
