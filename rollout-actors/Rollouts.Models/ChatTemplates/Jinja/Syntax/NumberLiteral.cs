using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>Numbers as templates write them: <c>12</c>, <c>1_000</c>, <c>0xff</c>, <c>0b1</c>, <c>0o7</c>, <c>1.5</c>, <c>2e-3</c>.</summary>
internal static class NumberLiteral
{
    /// <summary>The number at the beginning of a text, which begins with a digit.</summary>
    public static (int Length, Value Value) Read(ReadOnlySpan<char> text, bool mayBeFloat)
    {
        if (text.Length > 1 && text[0] == '0' && RadixOf(text[1]) is var radix and > 0 && Digits(text[2..], radix, mayBeginWithLine: true) is var body and > 0)
            return (2 + body, InRadix(text.Slice(2, body), radix));
        var whole = Digits(text, 10);
        if (mayBeFloat && FractionAndExponent(text, whole) is var end && end > whole)
            return (end, new FloatValue(double.Parse(Clean(text[..end]), CultureInfo.InvariantCulture)));
        // No leading zeros: 007 are three numbers, and then no expression.
        if (text[0] == '0') whole = Digits(text, 1);
        return (whole, IntegerValue.Parse(Clean(text[..whole])));
    }

    private static int FractionAndExponent(ReadOnlySpan<char> text, int whole)
    {
        var end = whole;
        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1])) end += 1 + Digits(text[(end + 1)..], 10);
        if (end >= text.Length || (text[end] | 0x20) != 'e') return end;
        var digits = end + 1;
        if (digits < text.Length && text[digits] is '+' or '-') digits++;
        var exponent = digits < text.Length ? Digits(text[digits..], 10) : 0;
        return exponent > 0 ? digits + exponent : end;
    }

    /// <summary>The length of digits with single underscores between them.</summary>
    private static int Digits(ReadOnlySpan<char> text, int radix, bool mayBeginWithLine = false)
    {
        var length = 0;
        while (true)
        {
            var at = length < text.Length && text[length] == '_' && (length > 0 || mayBeginWithLine) ? length + 1 : length;
            if (at >= text.Length || !IsDigit(text[at], radix)) return length;
            length = at + 1;
        }
    }

    // Radix 1 has the digit 0 alone.
    private static bool IsDigit(char c, int radix) => char.IsAsciiHexDigit(c) && Convert.ToInt32(c.ToString(), 16) < radix;

    private static int RadixOf(char c) => (c | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };

    private static IntegerValue InRadix(ReadOnlySpan<char> digits, int radix)
    {
        var value = BigInteger.Zero;
        foreach (var digit in Clean(digits)) value = IntegerValue.Bounded(value * radix + Convert.ToInt32(digit.ToString(), 16)).Value;
        return new IntegerValue(value);
    }

    private static string Clean(ReadOnlySpan<char> digits) => digits.ToString().Replace("_", "", StringComparison.Ordinal);
}
