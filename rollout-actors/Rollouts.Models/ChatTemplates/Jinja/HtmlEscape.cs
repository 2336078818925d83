namespace Rollouts.Models.Jinja;

/// <summary>The five characters that HTML reads as its own, as markupsafe writes them.</summary>
internal static class HtmlEscape
{
    public static string Apply(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);
}
