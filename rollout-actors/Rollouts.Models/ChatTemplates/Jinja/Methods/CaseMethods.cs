using System.Text;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>Methods that change the case of letters.</summary>
internal static class CaseMethods
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("upper", "", (s, _, _) => StringMethods.Text(Upper(StringMethods.Self(s)))),
        new("lower", "", (s, _, _) => StringMethods.Text(Lower(StringMethods.Self(s)))),
        new("casefold", "", (s, _, _) => StringMethods.Text(Lower(StringMethods.Self(s)).Replace("ß", "ss", StringComparison.Ordinal))),
        new("capitalize", "", (s, _, _) => StringMethods.Text(Capitalize(StringMethods.Self(s)))),
        new("title", "", (s, _, _) => StringMethods.Text(Title(StringMethods.Self(s)))),
        new("swapcase", "", (s, _, _) => StringMethods.Text(SwapCase(StringMethods.Self(s)))),
    ];

    // The runtime maps letters one by one; the sharp s is the one that grows in ordinary text.
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.ToLowerInvariant();

    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        var width = CodePoints.Width(text, 0);
        return Upper(text[..width]) + Lower(text[width..]);
    }

    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var c in text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }

        return title.ToString();
    }

    private static string SwapCase(string text) =>
        string.Concat(text.Select(c => char.IsUpper(c) ? Lower(c.ToString()) : Upper(c.ToString())));
}
