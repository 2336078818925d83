using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

/// <summary>What this processor can do beyond what .NET has intrinsics for.</summary>
public static class Processor
{
    private const int ExtendedFeatures = 7;
    private const int BFloat16Bit = 5;

    /// <summary>Whether it multiplies bfloat16 (avx512_bf16): libtorch's bfloat16 products are then twice as fast as float32 ones, and many times slower without.</summary>
    /// <remarks>Intel's manual, volume 2, CPUID leaf 7, sub-leaf 1, EAX bit 5.</remarks>
    public static bool HasBFloat16 { get; } =
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures && (X86Base.CpuId(ExtendedFeatures, 1).Eax >> BFloat16Bit & 1) == 1;
}
