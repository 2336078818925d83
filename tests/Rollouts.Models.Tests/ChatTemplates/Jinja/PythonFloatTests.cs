using System.Numerics;
using Rollouts.Models.Jinja;

namespace Rollouts.Models.Tests.ChatTemplates.Jinja;

public class PythonFloatTests
{
    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1e16, "1e+16")]
    [InlineData(9999999999999998, "9999999999999998.0")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001234, "1.234e-05")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Repr_ANumber_IsPythons(double value, string expected) => PythonFloat.Repr(value).ShouldBe(expected);

    [Fact]
    public void Repr_AnyNumber_ReadsBackAsItself()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value)) double.Parse(PythonFloat.Repr(value), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(value);
        }
    }

    [Theory]
    [InlineData(2.5, 0, 2)]
    [InlineData(3.5, 0, 4)]
    [InlineData(2.675, 2, 2.67)]
    [InlineData(0.125, 2, 0.12)]
    [InlineData(-1250, -2, -1200)]
    [InlineData(1e300, 5, 1e300)]
    public void Round_ANumber_GoesByItsExactValueAndTiesToEven(double value, int decimals, double expected) => PythonFloat.Round(value, decimals).ShouldBe(expected);

    [Fact]
    public void Divide_WholeNumbersOfAnySize_IsTheNearestDouble()
    {
        var random = new Random(6);
        for (var i = 0; i < 5_000; i++)
        {
            var (a, b) = (Large(random), Large(random) + 1);
            var quotient = PythonFloat.Divide(a, b);

            // Nearest: no neighbour is nearer, compared in whole numbers.
            Distance(a, b, quotient).ShouldBeLessThanOrEqualTo(Distance(a, b, Math.BitIncrement(quotient)));
            Distance(a, b, quotient).ShouldBeLessThanOrEqualTo(Distance(a, b, Math.BitDecrement(quotient)));
        }
    }

    private static BigInteger Large(Random random)
    {
        var bytes = new byte[random.Next(1, 24)];
        random.NextBytes(bytes);
        return new BigInteger(bytes, isUnsigned: true);
    }

    /// <summary>|a / b - value|, scaled by b and a power of two that makes it whole.</summary>
    private static BigInteger Distance(BigInteger a, BigInteger b, double value)
    {
        const int Scale = 1_100;
        return BigInteger.Abs((a << Scale) - b * new BigInteger(Math.ScaleB(value, 400)) * (BigInteger.One << (Scale - 400)));
    }
}
