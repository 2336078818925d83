using System.Buffers;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>A token that is matched in the text before merges.</summary>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);

/// <summary>Finds added tokens: leftmost first, the longest of those that start there.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.Where(t => t.Content.Length > 0).GroupBy(t => t.Content[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>Reads <c>added_tokens</c>.</summary>
    public static AddedToken[] Read(JsonElement root) => !root.TryGetProperty("added_tokens", out var list) || list.ValueKind != JsonValueKind.Array ? [] :
    [
        .. list.EnumerateArray().Select(t => new AddedToken(
            t.GetProperty("id").GetInt32(), t.GetProperty("content").GetString() ?? throw new FormatException("an added token has no content"),
            Flag(t, "single_word"), Flag(t, "lstrip"), Flag(t, "rstrip"), Flag(t, "normalized"), Flag(t, "special"))),
    ];

    /// <summary>The next added token from a place on, and the span of text that it takes, white space that it strips included; null where there is none.</summary>
    public AddedToken? Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        (start, end) = (0, 0);
        for (var at = from; at < text.Length; at++)
        {
            var skip = text[at..].IndexOfAny(_firsts);
            if (skip < 0) return null;
            at += skip;
            foreach (var token in _byFirst[text[at]])
            {
                if (!text[at..].StartsWith(token.Content, StringComparison.Ordinal)) continue;
                (start, end) = (at, at + token.Content.Length);
                if (token.SingleWord && (IsWord(text, start - 1) || IsWord(text, end))) break;
                if (token.LeftStrip) while (start > from && char.IsWhiteSpace(text[start - 1])) start--;
                if (token.RightStrip) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
                return token;
            }
        }

        return null;
    }

    private static bool IsWord(ReadOnlySpan<char> text, int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_');

    private static bool Flag(JsonElement token, string name) => token.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.True;
}
