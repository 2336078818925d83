using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Python's <c>int()</c> and <c>float()</c>; null where they would raise.</summary>
internal static class NumberParsing
{
    public static IntegerValue? ToInteger(Value value, int radix)
    {
        if (value is StringValue text && Integer(PythonText.Trim(text.Text), radix) is { } parsed) return parsed;
        if (Arithmetic.ToInteger(value) is { } integer) return new IntegerValue(integer);
        return ToFloat(value) is { Value: var number } && double.IsFinite(number) ? new IntegerValue(new BigInteger(number)) : null;
    }

    public static FloatValue? ToFloat(Value value)
    {
        if (Arithmetic.IsNumber(value)) return new FloatValue(Arithmetic.ToDouble(value));
        return value is StringValue text && Number(PythonText.Trim(text.Text)) is { } number ? new FloatValue(number) : null;
    }

    private static IntegerValue? Integer(string text, int radix)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        var digits = text.Length > 0 && text[0] is '-' or '+' ? text[1..] : text;
        var prefixed = digits.Length > 2 && digits[0] == '0' ? (digits[1] | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixed > 0 && (radix == 0 || radix == prefixed)) (digits, radix) = (digits[2..], prefixed);
        if (radix is not (0 or (>= 2 and <= 36)) || !IsGrouped(digits)) return null;
        var value = BigInteger.Zero;
        foreach (var c in digits.Replace("_", "", StringComparison.Ordinal))
        {
            if (Digit(c) is var digit && digit >= (radix == 0 ? 10 : radix)) return null;
            value = IntegerValue.Bounded(value * (radix == 0 ? 10 : radix) + digit).Value;
        }

        return new IntegerValue(value * sign);
    }

    private static int Digit(char c) => char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : char.IsDigit(c) ? (int)char.GetNumericValue(c) : int.MaxValue;

    private static double? Number(string text)
    {
        var unsigned = text.TrimStart('-', '+').ToLowerInvariant();
        var sign = text.StartsWith('-') ? -1 : 1;
        if (text.Length - unsigned.Length > 1) return null;
        if (unsigned is "inf" or "infinity") return sign * double.PositiveInfinity;
        if (unsigned == "nan") return double.NaN;
        if (!IsGrouped(unsigned)) return null;
        return double.TryParse(unsigned.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value) ? sign * value : null;
    }

    /// <summary>Whether underscores stand between digits only.</summary>
    private static bool IsGrouped(string digits)
    {
        for (var i = 0; i < digits.Length; i++)
            if (digits[i] == '_' && (i == 0 || i + 1 == digits.Length || !char.IsAsciiLetterOrDigit(digits[i - 1]) || !char.IsAsciiLetterOrDigit(digits[i + 1]))) return false;
        return digits.Length > 0;
    }
}
