using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

internal readonly struct DeviceBFloat16 : IPackedElement
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Read8(long address) => Packed.Unpack<DeviceBFloat16>(Global.Read16(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load8(long address) => Packed.Load8<DeviceBFloat16>(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(long address, Floats8 value) => Global.Store16(address, Packed.Pack<DeviceBFloat16>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Read4(long address) => Packed.Unpack<DeviceBFloat16>(Global.Read8(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(long address, Floats4 value) => Global.Store8(address, Packed.Pack<DeviceBFloat16>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store2(long address, float first, float second) => Global.StoreInt(address, (int)Pack(first, second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float low, float high)
    {
        if (!CudaAsm.IsSupported) return Round(low) | Round(high) << 16;
        Output<uint> pair = default;
        Input<float> upper = high, lower = low;
        CudaAsm.EmitRef("cvt.rn.bf16x2.f32 %0, %1, %2;", ref pair, ref upper, ref lower);
        return pair.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Low(uint pair) => Interop.IntAsFloat(pair << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float High(uint pair) => Interop.IntAsFloat(pair & 0xFFFF0000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Multiply(Floats4 sum, Words4 a, uint b0, uint b1)
    {
        if (!CudaAsm.IsSupported) return TensorCore.Simulate<DeviceBFloat16>(sum, a, b0, b1);
        Ref<float> x = sum.X, y = sum.Y, z = sum.Z, w = sum.W;
        Input<uint> a0 = a.X, a1 = a.Y, a2 = a.Z, a3 = a.W, c0 = b0, c1 = b1;
        CudaAsm.EmitRef("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
            ref x, ref y, ref z, ref w, ref a0, ref a1, ref a2, ref a3, ref c0, ref c1);
        return new Floats4(x.Value, y.Value, z.Value, w.Value);
    }

    private static uint Round(float value)
    {
        var bits = Interop.FloatAsInt(value);
        return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }
}
