using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

internal static unsafe partial class Global
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(long address, Words4 value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.global.v4.u32 [%0], {%1,%2,%3,%4};", address, value.X, value.Y, value.Z, value.W);
        else *(Words4*)address = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(long address, Words2 value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.global.v2.u32 [%0], {%1,%2};", address, value.X, value.Y);
        else *(Words2*)address = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats4(long address, Floats4 value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.global.v4.f32 [%0], {%1,%2,%3,%4};", address, value.X, value.Y, value.Z, value.W);
        else *(Floats4*)address = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat(long address, float value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.global.f32 [%0], %1;", address, value);
        else *(float*)address = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt(long address, int value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.global.u32 [%0], %1;", address, value);
        else *(int*)address = value;
    }

    /// <summary>
    /// Counts up to <paramref name="last"/> and then starts anew; gives the count before. What other groups wrote before they counted is seen by
    /// the one that counts last.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountUp(long address, int last)
    {
        if (CudaAsm.IsSupported)
        {
            CudaAsm.Emit("atom.acq_rel.gpu.global.inc.u32 %0, [%1], %2;", out int before, address, last);
            return before;
        }

        var old = Atomic.Add(ref *(int*)address, 1);
        if (old == last) *(int*)address = 0;
        return old;
    }
}
