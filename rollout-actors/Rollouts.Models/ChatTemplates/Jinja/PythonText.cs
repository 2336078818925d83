using System.Buffers;
using System.Globalization;
using System.Text;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>Python's classes of characters, where .NET's differ, and its way to write a string.</summary>
internal static class PythonText
{
    /// <summary>As <c>str.isspace</c> has it: .NET's white space and four separators.</summary>
    public static bool IsSpace(char c) => c is >= '\x1c' and <= '\x1f' || char.IsWhiteSpace(c);

    /// <summary>As <c>\w</c> has it.</summary>
    public static bool IsWord(char c) => c == '_' || char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    public static string TrimStart(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        return text[start..];
    }

    public static string Trim(string text) => TrimEnd(TrimStart(text));

    /// <summary>Writes a string as a literal: single quotes unless it holds some and no double ones.</summary>
    public static void AppendRepr(string text, TextBuilder output)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        for (var at = 0; at < text.Length;)
        {
            var width = CodePoints.Width(text, at);
            AppendLiteral(text.AsSpan(at, width), quote, output);
            at += width;
        }

        output.Append(quote);
    }

    private static void AppendLiteral(ReadOnlySpan<char> character, char quote, TextBuilder output)
    {
        var c = character[0];
        if (c == quote || c == '\\') output.Append('\\').Append(c);
        else if (c == '\n') output.Append("\\n");
        else if (c == '\r') output.Append("\\r");
        else if (c == '\t') output.Append("\\t");
        else if (IsPrintable(character)) output.Append(character);
        else if (character.Length == 2) output.Append("\\U").Append(char.ConvertToUtf32(c, character[1]).ToString("x8", CultureInfo.InvariantCulture));
        else if (c < 0x100) output.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
        else output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
    }

    private static bool IsPrintable(ReadOnlySpan<char> character)
    {
        if (character[0] is >= ' ' and <= '~') return true;
        return Rune.DecodeFromUtf16(character, out var rune, out _) == OperationStatus.Done
            && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
    }
}
