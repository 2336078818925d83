using System.Globalization;
using System.Numerics;

namespace Rollouts.Models.Jinja;

/// <summary>Floating-point numbers as Python writes and rounds them.</summary>
internal static class PythonFloat
{
    /// <summary>The shortest text that reads back as the same number; an exponent below 1e-4 and from 1e16 on.</summary>
    public static string Repr(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        var (sign, digits, exponent) = Shortest(value);
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1 ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0" : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Fixed notation with so many digits after the point, rounded half to even from the exact value.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value)) return Repr(value);
        var digits = BigInteger.Abs(Scaled(value, decimals)).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        var text = decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
        return double.IsNegative(value) ? "-" + text : text;
    }

    /// <summary>Python's <c>round(value, decimals)</c>; <paramref name="decimals"/> may be negative.</summary>
    public static double Round(double value, int decimals)
    {
        if (!double.IsFinite(value) || decimals > 330) return value;
        if (decimals < -330) return double.CopySign(0, value);
        var scaled = Scaled(value, decimals);
        return scaled.IsZero ? double.CopySign(0, value) : double.Parse($"{scaled}E{-decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>The number nearest to a quotient of whole numbers of any size; the runtime's own conversion cuts instead of rounding.</summary>
    public static double Divide(BigInteger dividend, BigInteger divisor)
    {
        const long Exact = 1L << 53;
        if (BigInteger.Abs(dividend) <= Exact && BigInteger.Abs(divisor) <= Exact) return (double)dividend / (double)divisor;
        var (numerator, denominator) = (BigInteger.Abs(dividend), BigInteger.Abs(divisor));
        // 62 or 63 bits of the quotient, and whether anything is left: more than a double holds.
        var shift = 62 - (int)(numerator.GetBitLength() - denominator.GetBitLength());
        var quotient = BigInteger.DivRem(shift > 0 ? numerator << shift : numerator, shift < 0 ? denominator << -shift : denominator, out var remainder);
        var value = Math.ScaleB((double)((ulong)quotient | (remainder.IsZero ? 0UL : 1UL)), -shift);
        return dividend.Sign * divisor.Sign < 0 ? -value : value;
    }

    /// <summary>The whole number nearest to value x 10^decimals, ties to even, computed exactly.</summary>
    private static BigInteger Scaled(double value, int decimals)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var (exponent, fraction) = ((int)((bits >> 52) & 0x7FF), bits & 0xFFFFFFFFFFFFFL);
        BigInteger numerator = exponent == 0 ? fraction : fraction | (1L << 52);
        var shift = Math.Max(exponent, 1) - 1075;
        var denominator = BigInteger.One;
        if (shift > 0) numerator <<= shift;
        else denominator <<= -shift;
        if (decimals > 0) numerator *= BigInteger.Pow(10, decimals);
        else denominator *= BigInteger.Pow(10, -decimals);
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var twice = (remainder * 2).CompareTo(denominator);
        if (twice > 0 || (twice == 0 && !quotient.IsEven)) quotient++;
        return bits < 0 ? -quotient : quotient;
    }

    /// <summary>The shortest digits, and the power of ten of the first.</summary>
    private static (string Sign, string Digits, int Exponent) Shortest(double value)
    {
        var sign = double.IsNegative(value) ? "-" : "";
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var digits = shortest.Split('E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return digits.Length == 0 ? (sign, "0", 0) : (sign, digits, ExponentOf(shortest));
    }

    private static int ExponentOf(string shortest)
    {
        var parts = shortest.Split('E');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var point = parts[0].IndexOf('.');
        var whole = point < 0 ? parts[0] : parts[0][..point];
        if (whole.TrimStart('0').Length > 0) return exponent + whole.Length - 1;
        var zeros = parts[0].Length - parts[0][(point + 1)..].TrimStart('0').Length - point - 1;
        return exponent - zeros - 1;
    }
}
