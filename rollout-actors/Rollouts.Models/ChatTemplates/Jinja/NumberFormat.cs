using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>Numbers as Python's format codes write them.</summary>
internal static class NumberFormat
{
    /// <summary>Digits after the point, and characters of a field, at most.</summary>
    public const int MaxWidth = 999_999;

    private const int MaxDecimals = 1_000;

    /// <param name="code">d, x, X, o or b.</param>
    public static string Integer(BigInteger value, string code) => code switch
    {
        "d" => value.ToString(CultureInfo.InvariantCulture),
        _ => (value.Sign < 0 ? "-" : "") + InRadix(BigInteger.Abs(value), code[0]),
    };

    /// <param name="code">f, e, g or % in either case.</param>
    public static string Float(double value, char code, int precision)
    {
        if (precision > MaxDecimals) throw new TemplateFault($"more than {MaxDecimals} digits after the point");
        var text = (code | 0x20) switch
        {
            'f' => PythonFloat.Fixed(value, precision),
            'e' => double.IsFinite(value) ? Exponential(value, precision) : PythonFloat.Repr(value),
            _ => double.IsFinite(value) ? General(value, Math.Max(1, precision)) : PythonFloat.Repr(value),
        };
        return char.IsUpper(code) ? text.ToUpperInvariant() : text;
    }

    /// <summary>Appends a text in a field.</summary>
    /// <param name="alignment">&lt;, &gt; or ^; | is ^ with the odd one to the left; = pads between the sign and the digits.</param>
    public static void Pad(TextBuilder output, string text, int width, char alignment, char fill)
    {
        var missing = Math.Max(0, width - CodePoints.Count(text));
        var before = alignment switch { '<' => 0, '^' => missing / 2, '|' => missing / 2 + 1, _ => missing };
        var signs = alignment == '=' && text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
        output.Append(text.AsSpan(0, signs)).Append(fill, before).Append(text.AsSpan(signs)).Append(fill, missing - before);
    }

    /// <summary>Puts a separator between groups of three digits before the point.</summary>
    public static string Grouped(string text, char separator)
    {
        var start = text.Length > 0 && text[0] == '-' ? 1 : 0;
        var end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        for (var at = end - 3; at > start; at -= 3) text = text.Insert(at, separator.ToString());
        return text;
    }

    private static string Exponential(double value, int precision) => value.ToString($"0.{new string('0', precision)}e+00", CultureInfo.InvariantCulture);

    private static string General(double value, int precision)
    {
        if (value == 0) return double.IsNegative(value) ? "-0" : "0";
        var exponential = Exponential(value, precision - 1);
        var exponent = int.Parse(exponential[(exponential.IndexOf('e') + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision)
        {
            var parts = exponential.Split('e');
            return $"{Trimmed(parts[0])}e{parts[1]}";
        }

        return Trimmed(PythonFloat.Fixed(value, precision - 1 - exponent));
    }

    private static string Trimmed(string text) => text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    private static string InRadix(BigInteger value, char code)
    {
        var text = (code | 0x20) switch
        {
            'x' => value.ToString("x", CultureInfo.InvariantCulture),
            'b' => value.ToString("b", CultureInfo.InvariantCulture),
            _ => Octal(value),
        };
        text = text.TrimStart('0');
        return text.Length == 0 ? "0" : code == 'X' ? text.ToUpperInvariant() : text;
    }

    private static string Octal(BigInteger value)
    {
        var digits = new List<char>();
        for (; !value.IsZero; value >>= 3) digits.Add((char)('0' + (int)(value & 7)));
        digits.Reverse();
        return new string([.. digits]);
    }
}
