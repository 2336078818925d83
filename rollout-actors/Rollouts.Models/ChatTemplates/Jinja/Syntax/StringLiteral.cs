using System.Globalization;
using System.Text;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>The escapes of Python's string literals.</summary>
internal static class StringLiteral
{
    private const string Simple = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";

    /// <exception cref="TemplateException">An escape is cut short.</exception>
    public static string Unescape(string body, int line)
    {
        if (!body.Contains('\\')) return body;
        var text = new StringBuilder(body.Length);
        for (var at = 0; at < body.Length;)
        {
            if (body[at] != '\\' || at + 1 == body.Length) text.Append(body[at++]);
            else at += AppendEscape(text, body.AsSpan(at), line);
        }

        return text.ToString();
    }

    /// <returns>The characters that the escape took.</returns>
    private static int AppendEscape(StringBuilder text, ReadOnlySpan<char> escape, int line)
    {
        var kind = escape[1];
        for (var i = 0; i < Simple.Length; i += 2)
        {
            if (Simple[i] != kind) continue;
            text.Append(Simple[i + 1]);
            return 2;
        }

        switch (kind)
        {
            case '\n': return 2;
            case 'x': return AppendHex(text, escape, 2, line);
            case 'u': return AppendHex(text, escape, 4, line);
            case 'U': return AppendHex(text, escape, 8, line);
            case >= '0' and <= '7': return AppendOctal(text, escape);
            default:
                text.Append(escape[..2]);
                return 2;
        }
    }

    private static int AppendHex(StringBuilder text, ReadOnlySpan<char> escape, int digits, int line)
    {
        if (escape.Length < 2 + digits || !uint.TryParse(escape.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code > 0x10FFFF)
            throw new TemplateException($"the escape \\{escape[1]} needs {digits} hexadecimal digits of a character", line);
        if (code > 0xFFFF) text.Append(char.ConvertFromUtf32((int)code));
        else text.Append((char)code);
        return 2 + digits;
    }

    private static int AppendOctal(StringBuilder text, ReadOnlySpan<char> escape)
    {
        var (length, code) = (1, 0);
        for (; length < 4 && length < escape.Length && escape[length] is >= '0' and <= '7'; length++) code = code * 8 + escape[length] - '0';
        text.Append((char)code);
        return length;
    }
}
