using System.Numerics;
using System.Text;

namespace Rollouts.Models.Jinja.Values;

/// <summary>UTF-16 text seen as code points. Half a surrogate pair is one of its own, as in Python.</summary>
internal static class CodePoints
{
    public static int Width(string text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    public static int Count(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        for (var at = 0; at + 1 < text.Length; at++)
        {
            var next = text[at..].IndexOfAnyInRange('\uD800', '\uDBFF');
            if (next < 0 || (at += next) + 1 >= text.Length) break;
            if (char.IsLowSurrogate(text[at + 1])) pairs++;
        }

        return text.Length - pairs;
    }

    /// <summary><paramref name="count"/> code points from <paramref name="start"/> on, <paramref name="step"/> apart.</summary>
    public static string Slice(string text, int start, int count, BigInteger step)
    {
        var offsets = Offsets(text);
        if (step.IsOne) return text[At(start)..At(start + count)];
        var slice = new StringBuilder(count);
        for (var (i, at) = (0, (BigInteger)start); i < count; i++, at += step) slice.Append(text, At((int)at), At((int)at + 1) - At((int)at));
        return slice.ToString();

        int At(int index) => offsets is null ? index : offsets[index];
    }

    /// <summary>The UTF-16 position of a code point.</summary>
    public static int ToUtf16(string text, int index) => Offsets(text) is { } offsets ? offsets[index] : index;

    /// <summary>Order by code points: a surrogate pair comes after every single character.</summary>
    public static int Compare(string x, string y)
    {
        var at = x.AsSpan().CommonPrefixLength(y);
        if (at == x.Length || at == y.Length) return x.Length.CompareTo(y.Length);
        var (a, b) = (x[at], y[at]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    /// <summary>Where each code point begins, and the end; null where every character is one.</summary>
    private static int[]? Offsets(string text)
    {
        var count = Count(text);
        if (count == text.Length) return null;
        var offsets = new int[count + 1];
        for (var (i, at) = (0, 0); i <= count; at += at < text.Length ? Width(text, at) : 1) offsets[i++] = at;
        return offsets;
    }
}
