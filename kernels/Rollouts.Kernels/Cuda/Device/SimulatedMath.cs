using System.Runtime.CompilerServices;
using ILGPU;

namespace Rollouts.Kernels.Cuda;

/// <summary>
/// What the simulated device computes where a GPU has an instruction: series in double, since the code must compile for a GPU too, where its branch
/// is never taken. Not inlined, to keep it out of the kernels' own code.
/// </summary>
internal static class SimulatedMath
{
    private const int Terms = 14;

    /// <summary>2^x, to float's last bit.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Exp2(float x)
    {
        if (x < -150) return 0;
        if (x > 128) return float.PositiveInfinity;
        int whole = (int)x;
        double power = (x - whole) * 0.69314718055994531, term = 1, sum = 1;
        for (int i = 1; i <= Terms; i++)
        {
            term *= power / i;
            sum += term;
        }

        for (; whole > 0; whole--) sum *= 2;
        for (; whole < 0; whole++) sum *= 0.5;
        return (float)sum;
    }

    /// <summary>Log to base 2 of a positive number, to float's last bit.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Log2(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        if (bits == 0x7F800000) return x;
        if (bits == 0) return float.NegativeInfinity;
        int exponent = (int)(bits >> 23) - 127;
        double mantissa = Interop.IntAsFloat((bits & 0x7FFFFF) | 0x3F800000);
        // ln m = 2 artanh((m - 1) / (m + 1))
        double ratio = (mantissa - 1) / (mantissa + 1), square = ratio * ratio, power = ratio, sum = 0;
        for (int i = 1; i <= 2 * Terms + 1; i += 2)
        {
            sum += power / i;
            power *= square;
        }

        return (float)(exponent + 2 * sum * 1.4426950408889634);
    }
}
