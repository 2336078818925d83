using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Which products are our own kernel's.</summary>
/// <param name="MaxOwnRows">Steps of up to this many rows; 0 leaves all to libtorch.</param>
/// <param name="MaxOwnExpertRows">Experts of up to this many rows in a step.</param>
internal sealed record MatrixProductOptions(int MaxOwnRows, int MaxOwnExpertRows)
{
    /// <summary>Where libtorch's bfloat16 instructions overtake our widening ones: measured 0.45 of its time at 1 row, 0.8 at 8, 1.2 at 16.</summary>
    private const int FewRows = 8;

    /// <summary>All by libtorch.</summary>
    public static MatrixProductOptions LibTorch { get; } = new(0, 0);

    /// <summary>What is fastest on this processor.</summary>
    /// <param name="batchInvariant">Whether a row must not depend on how many others there are: then one of the two takes all steps.</param>
    public static MatrixProductOptions For(ElementType type, bool batchInvariant)
    {
        // In float32, and in bfloat16 on a processor without instructions for it, ours is faster at every size.
        if (type == ElementType.Float32 || !Processor.HasBFloat16) return new MatrixProductOptions(int.MaxValue, int.MaxValue);
        // An expert has few rows in most steps, so there the one that takes them all is ours.
        return batchInvariant ? new MatrixProductOptions(0, int.MaxValue) : new MatrixProductOptions(FewRows, FewRows);
    }
}
