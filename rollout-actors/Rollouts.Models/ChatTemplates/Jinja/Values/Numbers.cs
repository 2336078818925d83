using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;

namespace Rollouts.Models.Jinja.Values;

/// <summary>A whole number of any size up to <see cref="MaxBits"/>.</summary>
internal sealed class IntegerValue(BigInteger value) : Value
{
    /// <summary>About 4,900 digits: Python itself prints 4,300 at most.</summary>
    public const int MaxBits = 16_384;

    public BigInteger Value { get; } = value;

    public override string TypeName => "int";

    public override bool IsTrue => !Value.IsZero;

    /// <exception cref="TemplateFault">The number is too large.</exception>
    public static IntegerValue Bounded(BigInteger value) => value.GetBitLength() <= MaxBits ? new IntegerValue(value) : throw TooLarge();

    /// <param name="digits">Decimal, with or without a sign.</param>
    /// <exception cref="TemplateFault">The number is too large.</exception>
    public static IntegerValue Parse(string digits) =>
        digits.Length <= MaxBits / 3 ? Bounded(BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)) : throw TooLarge();

    public static TemplateFault TooLarge() => new($"a whole number of more than {MaxBits} bits");

    public override void Print(TextBuilder output) => output.Append(Value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A 64-bit floating-point number.</summary>
internal sealed class FloatValue(double value) : Value
{
    public double Value { get; } = value;

    public override string TypeName => "float";

    public override bool IsTrue => Value != 0;

    public override void Print(TextBuilder output) => output.Append(PythonFloat.Repr(Value));
}
