namespace Rollouts.Kernels;

/// <summary>
/// <c>output = input x weightᵀ + bias</c> for the few rows of a decode step: each weight is read from memory once, widened in registers and used for all rows.
/// A row's result depends on that row alone, bit for bit, however many others there are: every output is summed in the same order.
/// </summary>
/// <remarks>Register tiles over rows and outputs: Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication.</remarks>
public static unsafe partial class Linear
{
    /// <summary>
    /// Outputs of one item of parallel work. Sixteen items, so that two threads, or eight, share a matrix evenly; long ones, for each begins with memory that
    /// nobody has asked for yet; for one thread alone the whole matrix.
    /// </summary>
    public static int OutputsPerItem(int outputWidth, int threads) => threads == 1 ? outputWidth : Math.Max(16, (outputWidth / 16 + 3) / 4 * 4);

    /// <summary>Widens a row of input, in the order in which <see cref="Multiply"/> reads it.</summary>
    /// <param name="input">[width] of <paramref name="type"/>.</param>
    /// <param name="prepared">[width]</param>
    /// <param name="weightType">What the weights are held in.</param>
    public static void Prepare(nint input, ElementType type, float* prepared, int width, ElementType weightType)
    {
        if (weightType == ElementType.Float32) ElementTypes.Convert(input, type, (nint)prepared, ElementType.Float32, width);
        else if (type == ElementType.Float32) throw new ArgumentException("bfloat16 weights take bfloat16 inputs.", nameof(type));
        else DispatchPrepare((BFloat16*)input, prepared, width);
    }

    /// <summary>All rows of one item's outputs.</summary>
    /// <param name="item">From 0 to <see cref="LinearOperands.Items"/>.</param>
    public static void Multiply(in LinearOperands operands, int item)
    {
        if (operands.Type == ElementType.Float32) Dispatch<Float32>(operands, item);
        else Dispatch<BFloat16>(operands, item);
    }
}

/// <summary>What a product is made of.</summary>
/// <param name="Weight">[output width, input width] of <paramref name="Type"/>.</param>
/// <param name="Bias">[output width] of <paramref name="Type"/>; 0 where there is none.</param>
/// <param name="Prepared">[rows, input width] of float, by <see cref="Linear.Prepare"/>.</param>
/// <param name="Output">[rows, output stride] of <paramref name="Type"/>, of which the first output width are written.</param>
/// <param name="OutputsPerItem">By <see cref="Linear.OutputsPerItem"/>: no result depends on it.</param>
public readonly record struct LinearOperands(nint Weight, nint Bias, nint Prepared, nint Output, ElementType Type, int InputWidth, int OutputWidth, int OutputStride, int Rows, int OutputsPerItem)
{
    /// <summary>Items of parallel work.</summary>
    public int Items => (OutputWidth + OutputsPerItem - 1) / OutputsPerItem;
}
