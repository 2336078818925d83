using System.Numerics;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("abs", "", (s, _, _) => Abs(s)),
        new("int", "default? base?", (s, a, _) => NumberParsing.ToInteger(Defined(s), a.Integer(1, 10)) ?? a[0] ?? new IntegerValue(0)),
        new("float", "default?", (s, a, _) => NumberParsing.ToFloat(Defined(s)) ?? a[0] ?? new FloatValue(0)),
        new("round", "precision? method?", (s, a, _) => Round(Defined(s), a.Integer(0, 0), a.Text(1, "common"))),
        new("filesizeformat", "binary?", (s, a, _) => StringMethods.Text(FileSize(NumberParsing.ToFloat(s)?.Value ?? throw NoNumber(s), a.Flag(0)))),
    ];

    private static Value Defined(Value value) => value is UndefinedValue undefined ? throw undefined.Fault() : value;

    private static Value Abs(Value value) => Defined(value) switch
    {
        FloatValue number => new FloatValue(Math.Abs(number.Value)),
        _ when Arithmetic.ToInteger(value) is { } integer => new IntegerValue(BigInteger.Abs(integer)),
        _ => throw new TemplateFault($"bad operand type for abs(): '{value.TypeName}'"),
    };

    private static Value Round(Value value, int precision, string method)
    {
        if (!Arithmetic.IsNumber(value)) throw NoNumber(value);
        if (method is not ("common" or "ceil" or "floor")) throw new TemplateFault("method must be common, ceil or floor");
        if (method == "common") return value is FloatValue number ? new FloatValue(PythonFloat.Round(number.Value, precision)) : RoundInteger(Arithmetic.ToInteger(value)!.Value, precision);
        if (precision >= 0 && value is not FloatValue) return new FloatValue(Arithmetic.ToDouble(value));
        var scaled = Arithmetic.ToDouble(value) * Math.Pow(10, precision);
        return new FloatValue((method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / Math.Pow(10, precision));
    }

    /// <summary>To a power of ten, ties to even.</summary>
    private static IntegerValue RoundInteger(BigInteger value, int precision)
    {
        if (precision >= 0) return new IntegerValue(value);
        if (precision < -IntegerValue.MaxBits) return new IntegerValue(0);
        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out var remainder);
        var twice = (remainder * 2).CompareTo(unit);
        if (twice > 0 || (twice == 0 && !quotient.IsEven)) quotient++;
        return IntegerValue.Bounded(quotient * unit * value.Sign);
    }

    private static string FileSize(double bytes, bool isBinary)
    {
        var (unit, prefixes) = isBinary ? (1024.0, "KMGTPEZY") : (1000.0, "kMGTPEZY");
        if (bytes == 1) return "1 Byte";
        if (bytes < unit) return $"{new BigInteger(bytes)} Bytes";
        var power = 1;
        while (power < prefixes.Length && bytes >= Math.Pow(unit, power + 1)) power++;
        return $"{PythonFloat.Fixed(bytes / Math.Pow(unit, power), 1)} {prefixes[power - 1]}{(isBinary ? "iB" : "B")}";
    }

    private static TemplateFault NoNumber(Value value) => new($"a number is needed, not '{value.TypeName}'");
}
