using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

/// <summary>Arithmetic of kernels: the GPU's approximations where their error is known to be harmless, the exact function on the simulated
/// device.</summary>
internal static class DeviceMath
{
    public const float Log2E = 1.4426950408889634f;
    public const float Ln2 = 0.6931471805599453f;

    /// <summary>2^x, relative error 2^-22.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float x)
    {
        if (!CudaAsm.IsSupported) return SimulatedMath.Exp2(x);
        CudaAsm.Emit("ex2.approx.ftz.f32 %0, %1;", out float result, x);
        return result;
    }

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x) => Exp2(x * Log2E);

    /// <summary>Log to base 2, absolute error 2^-22: no relative accuracy near 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Log2(float x)
    {
        if (!CudaAsm.IsSupported) return SimulatedMath.Log2(x);
        CudaAsm.Emit("lg2.approx.f32 %0, %1;", out float result, x);
        return result;
    }

    /// <summary>1 / x, relative error 2^-23.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Reciprocal(float x)
    {
        if (!CudaAsm.IsSupported) return 1 / x;
        CudaAsm.Emit("rcp.approx.f32 %0, %1;", out float result, x);
        return result;
    }

    /// <summary>1 / sqrt(x), relative error 2^-22.9.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ReciprocalSqrt(float x)
    {
        if (!CudaAsm.IsSupported) return (float)(1 / Math.Sqrt(x));
        CudaAsm.Emit("rsqrt.approx.f32 %0, %1;", out float result, x);
        return result;
    }

    /// <summary>The larger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b)
    {
        if (!CudaAsm.IsSupported) return a > b ? a : b;
        Output<float> result = default;
        Input<float> x = a, y = b;
        CudaAsm.EmitRef("max.f32 %0, %1, %2;", ref result, ref x, ref y);
        return result.Value;
    }

    /// <summary>Over the lanes of a warp, in a fixed tree: every lane gets it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WarpSum(float value)
    {
        value += Warp.ShuffleXor(value, 16);
        value += Warp.ShuffleXor(value, 8);
        value += Warp.ShuffleXor(value, 4);
        value += Warp.ShuffleXor(value, 2);
        return value + Warp.ShuffleXor(value, 1);
    }

    /// <summary>Over the lanes of a warp: every lane gets it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WarpMax(float value)
    {
        value = Max(value, Warp.ShuffleXor(value, 16));
        value = Max(value, Warp.ShuffleXor(value, 8));
        value = Max(value, Warp.ShuffleXor(value, 4));
        value = Max(value, Warp.ShuffleXor(value, 2));
        return Max(value, Warp.ShuffleXor(value, 1));
    }

    /// <summary>Over the threads of a group of up to 16 warps, in a fixed tree. Every thread must call it, and gets it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GroupSum(float value)
    {
        var sums = SharedMemory.Allocate<float>(16);
        value = WarpSum(value);
        if ((Group.IdxX & 31) == 0) sums[Group.IdxX >> 5] = value;
        if (Group.IdxX < 16 && Group.IdxX >= Group.DimX >> 5) sums[Group.IdxX] = 0;
        Group.Barrier();
        // Every thread adds all of them: a few loads of the same words cost less than another round of shuffles.
        return ((sums[0] + sums[1]) + (sums[2] + sums[3]) + ((sums[4] + sums[5]) + (sums[6] + sums[7])))
            + ((sums[8] + sums[9]) + (sums[10] + sums[11]) + ((sums[12] + sums[13]) + (sums[14] + sums[15])));
    }
}
