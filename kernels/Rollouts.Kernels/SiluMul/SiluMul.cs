namespace Rollouts.Kernels;

/// <summary>The gate of a gated MLP: <c>output = gate * sigmoid(gate) * up</c> over a row of <c>[gate | up]</c>.</summary>
/// <remarks>Shazeer 2020, GLU Variants Improve Transformer, <see href="https://arxiv.org/abs/2002.05202"/> (SwiGLU).</remarks>
public static unsafe partial class SiluMul
{
    /// <summary>One row.</summary>
    /// <param name="gateUp">[2 * width] of <paramref name="type"/>.</param>
    /// <param name="output">[width] of <paramref name="type"/>.</param>
    public static void Run(nint gateUp, nint output, ElementType type, int width)
    {
        if (type == ElementType.Float32) Dispatch((Float32*)gateUp, (Float32*)output, width);
        else Dispatch((BFloat16*)gateUp, (BFloat16*)output, width);
    }
}
