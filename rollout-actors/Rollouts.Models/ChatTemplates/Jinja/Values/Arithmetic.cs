using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>Python's operators on numbers, texts and lists.</summary>
internal static class Arithmetic
{
    public static bool IsNumber(Value value) => value is IntegerValue or FloatValue or BooleanValue;

    /// <summary>A whole number or a truth value; null for anything else.</summary>
    public static BigInteger? ToInteger(Value value) => value switch
    {
        IntegerValue integer => integer.Value,
        BooleanValue flag => flag.IsTrue ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    public static double ToDouble(Value value) => value is FloatValue number ? number.Value : PythonFloat.Divide(ToInteger(value)!.Value, 1);

    /// <exception cref="TemplateFault">The operands do not fit the operator.</exception>
    public static Value Apply(string symbol, Value left, Value right, RenderContext context)
    {
        if (symbol == "%" && left is StringValue pattern) return new StringValue(PrintfFormat.Apply(pattern.Text, right, context));
        if ((left as UndefinedValue ?? right as UndefinedValue) is { } undefined) throw undefined.Fault();
        if (ToInteger(left) is { } i && ToInteger(right) is { } j) return OfIntegers(symbol, i, j);
        if (IsNumber(left) && IsNumber(right)) return OfDoubles(symbol, ToDouble(left), ToDouble(right));
        return (symbol, left, right) switch
        {
            ("+", _, _) => Add(left, right, context),
            ("*", _, _) when ToInteger(right) is { } count => Repeat(left, count, context) ?? throw Unsupported(symbol, left, right),
            ("*", _, _) when ToInteger(left) is { } count => Repeat(right, count, context) ?? throw Unsupported(symbol, left, right),
            _ => throw Unsupported(symbol, left, right),
        };
    }

    public static Value Negate(Value operand, bool negative) => operand switch
    {
        UndefinedValue undefined => throw undefined.Fault(),
        FloatValue number => new FloatValue(negative ? -number.Value : number.Value),
        _ when ToInteger(operand) is { } integer => new IntegerValue(negative ? -integer : integer),
        _ => throw new TemplateFault($"bad operand type for unary {(negative ? '-' : '+')}: '{operand.TypeName}'"),
    };

    private static Value Add(Value left, Value right, RenderContext context)
    {
        switch (left, right)
        {
            case (StringValue a, StringValue b):
                var isMarkup = a.IsMarkup || b.IsMarkup;
                return new StringValue(context.NewText().Append(Escaped(a)).Append(Escaped(b)).ToString(), isMarkup);
                string Escaped(StringValue part) => isMarkup && !part.IsMarkup ? HtmlEscape.Apply(part.Text) : part.Text;
            case (ListValue, ListValue) or (TupleValue, TupleValue):
                var (first, second) = ((SequenceValue)left, (SequenceValue)right);
                context.Budget.AllocateItems((long)first.Items.Length + second.Items.Length);
                return first.With([.. first.Items, .. second.Items]);
            case (StringValue, _):
                throw new TemplateFault($"can only concatenate str (not \"{right.TypeName}\") to str");
            default:
                throw Unsupported("+", left, right);
        }
    }

    private static Value? Repeat(Value value, BigInteger count, RenderContext context)
    {
        if (value is not StringValue and not SequenceValue) return null;
        if (count.GetBitLength() > 63) throw new TemplateFault("cannot fit 'int' into an index-sized integer");
        // Longer than any budget allows; what is empty stays so.
        var times = (int)BigInteger.Clamp(count, 0, int.MaxValue);
        if (value is StringValue text)
        {
            context.Budget.Allocate(2L * times * text.Text.Length);
            return new StringValue(text.Text.Length == 0 ? "" : new System.Text.StringBuilder().Insert(0, text.Text, times).ToString());
        }

        var sequence = (SequenceValue)value;
        context.Budget.AllocateItems((long)times * sequence.Items.Length);
        return sequence.With(sequence.Items.Length == 0 ? [] : [.. Enumerable.Repeat(sequence.Items, times).SelectMany(items => items)]);
    }

    private static Value OfIntegers(string symbol, BigInteger left, BigInteger right)
    {
        if (right.IsZero && (symbol is "/" or "//" or "%")) throw new TemplateFault(symbol == "/" ? "division by zero" : "integer division or modulo by zero");
        return symbol switch
        {
            "+" => IntegerValue.Bounded(left + right),
            "-" => IntegerValue.Bounded(left - right),
            "*" => IntegerValue.Bounded(left * right),
            "/" => new FloatValue(PythonFloat.Divide(left, right)),
            "//" => new IntegerValue(FloorDivide(left, right)),
            "%" => new IntegerValue(left - FloorDivide(left, right) * right),
            _ => Power(left, right),
        };
    }

    private static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        var quotient = BigInteger.DivRem(left, right, out var remainder);
        return !remainder.IsZero && (remainder.Sign < 0) != (right.Sign < 0) ? quotient - 1 : quotient;
    }

    private static Value Power(BigInteger value, BigInteger exponent)
    {
        if (exponent.Sign < 0) return OfDoubles("**", PythonFloat.Divide(value, 1), PythonFloat.Divide(exponent, 1));
        if (BigInteger.Abs(value) <= 1) return new IntegerValue(value.IsZero && exponent.IsZero ? 1 : exponent.IsEven ? value * value : value);
        if (exponent * (value.GetBitLength() - 1) > IntegerValue.MaxBits) throw IntegerValue.TooLarge();
        return IntegerValue.Bounded(BigInteger.Pow(value, (int)exponent));
    }

    private static FloatValue OfDoubles(string symbol, double left, double right)
    {
        if (right == 0 && (symbol is "/" or "//" or "%")) throw new TemplateFault(symbol == "/" ? "float division by zero" : "float floor division by zero");
        if (symbol == "**" && ((left == 0 && right < 0) || (left < 0 && right != Math.Floor(right)))) throw new TemplateFault($"{PythonFloat.Repr(left)} ** {PythonFloat.Repr(right)} is no real number");
        var value = symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => FloorDivide(left, right),
            "%" => Modulo(left, right),
            _ => Math.Pow(left, right),
        };
        return symbol == "**" && double.IsInfinity(value) && double.IsFinite(left) && double.IsFinite(right) ? throw new TemplateFault("Numerical result out of range") : new FloatValue(value);
    }

    // What is left over goes first, so that the quotient is whole but for rounding.
    private static double FloorDivide(double left, double right)
    {
        var quotient = (left - Modulo(left, right)) / right;
        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    /// <summary>The remainder with the divisor's sign.</summary>
    private static double Modulo(double left, double right)
    {
        var remainder = left % right;
        if (remainder == 0) return double.CopySign(0, right);
        return remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    private static TemplateFault Unsupported(string symbol, Value left, Value right) =>
        new($"unsupported operand type(s) for {(symbol == "**" ? "** or pow()" : symbol)}: '{left.TypeName}' and '{right.TypeName}'");
}
