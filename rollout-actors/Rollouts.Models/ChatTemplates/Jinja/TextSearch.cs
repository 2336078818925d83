namespace Rollouts.Models.Jinja;

/// <summary>Finds a text in another in linear time, whatever the two are: the runtime's search is quadratic on texts made for that.</summary>
/// <remarks>Knuth, Morris, Pratt: "Fast pattern matching in strings", SIAM Journal on Computing 6 (1977).</remarks>
internal sealed class TextSearch(string pattern)
{
    /// <summary>Up to here the runtime's vectorised search costs no more than a constant factor.</summary>
    private const int MaxShort = 32;

    private readonly string _pattern = pattern;
    private int[]? _borders;

    /// <summary>The first place from <paramref name="start"/> on, or -1.</summary>
    public int Find(string text, int start)
    {
        if (text.Length - start < _pattern.Length) return -1;
        if (_pattern.Length <= MaxShort) return text.IndexOf(_pattern, start, StringComparison.Ordinal);
        _borders ??= Borders(_pattern);
        for (var (at, matched) = (start, 0); at < text.Length; at++)
        {
            while (matched > 0 && text[at] != _pattern[matched]) matched = _borders[matched - 1];
            if (text[at] == _pattern[matched]) matched++;
            if (matched == _pattern.Length) return at - matched + 1;
        }

        return -1;
    }

    /// <summary>The places of a pattern that is not empty, none overlapping.</summary>
    public static IEnumerable<int> FindAll(string text, string pattern)
    {
        var search = new TextSearch(pattern);
        for (var at = search.Find(text, 0); at >= 0; at = search.Find(text, at + pattern.Length)) yield return at;
    }

    public static bool Contains(string text, string pattern) => new TextSearch(pattern).Find(text, 0) >= 0;

    /// <summary>For every prefix, the length of its longest proper prefix that it also ends with.</summary>
    private static int[] Borders(string pattern)
    {
        var borders = new int[pattern.Length];
        for (var (at, length) = (1, 0); at < pattern.Length; at++)
        {
            while (length > 0 && pattern[at] != pattern[length]) length = borders[length - 1];
            if (pattern[at] == pattern[length]) length++;
            borders[at] = length;
        }

        return borders;
    }
}
