namespace Rollouts.Kernels;

/// <summary>The 8-bit floating point number e4m3: sign, 4 bits of exponent (bias 7), 3 of mantissa, no infinity; all ones is NaN.</summary>
/// <remarks>Micikevicius et al. 2022, FP8 Formats for Deep Learning, <see href="https://arxiv.org/abs/2209.05433"/>.</remarks>
public static unsafe class Float8
{
    private static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(b => Decode((byte)b))];

    /// <summary>Elements times a scale.</summary>
    /// <param name="from">[count] of e4m3.</param>
    /// <param name="to">[count]</param>
    public static void Dequantise(byte* from, float scale, float* to, long count)
    {
        for (var i = 0L; i < count; i++) to[i] = Values[from[i]] * scale;
    }

    /// <summary>One element.</summary>
    public static float Decode(byte bits)
    {
        var (exponent, mantissa) = ((bits >> 3) & 15, bits & 7);
        var size = (exponent, mantissa) switch
        {
            (15, 7) => float.NaN,
            (0, _) => MathF.ScaleB(mantissa, -9),
            _ => MathF.ScaleB(8 + mantissa, exponent - 10),
        };
        return (bits & 0x80) == 0 ? size : -size;
    }
}
