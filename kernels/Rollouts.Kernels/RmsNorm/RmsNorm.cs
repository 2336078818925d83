namespace Rollouts.Kernels;

/// <summary>
/// Residual and norm of a transformer block in one pass: <c>residual += delta; output = residual / rms(residual) * weight</c>.
/// The residual stream is float, whatever the weights are.
/// </summary>
/// <remarks>Zhang and Sennrich 2019, Root Mean Square Layer Normalization, <see href="https://arxiv.org/abs/1910.07467"/>.</remarks>
public static unsafe partial class RmsNorm
{
    /// <summary>One row.</summary>
    /// <param name="residual">[width], updated in place.</param>
    /// <param name="delta">[width] of <paramref name="type"/>; 0 where nothing is added.</param>
    /// <param name="weight">[width].</param>
    /// <param name="output">[width] of <paramref name="type"/>.</param>
    public static void AddAndNormalise(float* residual, nint delta, float* weight, nint output, ElementType type, int width, float epsilon)
    {
        if (type == ElementType.Float32) Dispatch(residual, (Float32*)delta, weight, (Float32*)output, width, epsilon);
        else Dispatch(residual, (BFloat16*)delta, weight, (BFloat16*)output, width, epsilon);
    }

    /// <summary>A row, or a head of it, in place, apart from the residual stream.</summary>
    /// <param name="row">[width] of <paramref name="type"/>.</param>
    /// <param name="weight">[width].</param>
    public static void Normalise(nint row, float* weight, ElementType type, int width, float epsilon)
    {
        if (type == ElementType.Float32) DispatchInPlace((Float32*)row, weight, width, epsilon);
        else DispatchInPlace((BFloat16*)row, weight, width, epsilon);
    }
}
