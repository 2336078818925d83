using System.Globalization;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>Methods that ask what a text is made of. Of an empty text nothing is true but <c>isascii</c> and <c>isprintable</c>.</summary>
internal static class ClassMethods
{
    public static IEnumerable<Builtin> All { get; } =
    [
        Every("isalpha", char.IsLetter),
        Every("isdigit", c => char.IsDigit(c) || "²³¹".Contains(c)),
        Every("isdecimal", char.IsDigit),
        Every("isnumeric", char.IsNumber),
        Every("isalnum", c => char.IsLetter(c) || char.IsNumber(c)),
        Every("isspace", PythonText.IsSpace),
        new("islower", "", (s, _, _) => BooleanValue.Of(IsLower(StringMethods.Self(s)))),
        new("isupper", "", (s, _, _) => BooleanValue.Of(IsUpper(StringMethods.Self(s)))),
        new("istitle", "", (s, _, _) => BooleanValue.Of(IsTitle(StringMethods.Self(s)))),
        new("isascii", "", (s, _, _) => BooleanValue.Of(StringMethods.Self(s).All(char.IsAscii))),
        new("isprintable", "", (s, _, _) => BooleanValue.Of(!StringMethods.Self(s).Any(c => char.IsControl(c) || (c != ' ' && char.IsSeparator(c))))),
        new("isidentifier", "", (s, _, _) => BooleanValue.Of(StringMethods.Self(s) is { Length: > 0 } t && !char.IsDigit(t[0]) && t.All(PythonText.IsWord))),
    ];

    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(IsUpperOrTitle);

    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(c => char.IsLower(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter);

    private static Builtin Every(string name, Func<char, bool> accepts) =>
        new(name, "", (s, _, _) => BooleanValue.Of(StringMethods.Self(s) is { Length: > 0 } text && text.All(accepts)));

    private static bool IsUpperOrTitle(char c) => char.IsUpper(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter;

    private static bool IsTitle(string text)
    {
        var (inWord, any) = (false, false);
        foreach (var c in text)
        {
            if (IsUpperOrTitle(c) ? inWord : char.IsLower(c) && !inWord) return false;
            inWord = IsUpperOrTitle(c) || char.IsLower(c);
            any |= inWord;
        }

        return any;
    }
}
