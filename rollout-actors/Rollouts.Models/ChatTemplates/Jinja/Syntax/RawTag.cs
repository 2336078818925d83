namespace Rollouts.Models.Jinja.Syntax;

/// <summary>A tag of one word, <c>{%- raw -%}</c> or <c>{% endraw %}</c>, found without reading what is between them as a template.</summary>
/// <param name="Length">In characters, with both ends.</param>
/// <param name="Opening">The sign after <c>{%</c>; NUL where there is none.</param>
/// <param name="Closing">The sign before <c>%}</c>; NUL where there is none.</param>
internal readonly record struct RawTag(int Length, char Opening, char Closing)
{
    public static RawTag? Match(string source, int start, string word)
    {
        var at = start + 2;
        var opening = TakeSign(source, ref at);
        SkipSpace(source, ref at);
        if (string.CompareOrdinal(source, at, word, 0, word.Length) != 0) return null;
        at += word.Length;
        SkipSpace(source, ref at);
        var closing = TakeSign(source, ref at);
        return string.CompareOrdinal(source, at, "%}", 0, 2) == 0 ? new RawTag(at + 2 - start, opening, closing) : null;
    }

    private static char TakeSign(string source, ref int at) => at < source.Length && source[at] is '-' or '+' ? source[at++] : '\0';

    private static void SkipSpace(string source, ref int at)
    {
        while (at < source.Length && PythonText.IsSpace(source[at])) at++;
    }
}
