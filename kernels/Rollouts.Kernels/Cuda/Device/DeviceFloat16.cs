using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

internal readonly struct DeviceFloat16 : IPackedElement
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Read8(long address) => Packed.Unpack<DeviceFloat16>(Global.Read16(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load8(long address) => Packed.Load8<DeviceFloat16>(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(long address, Floats8 value) => Global.Store16(address, Packed.Pack<DeviceFloat16>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Read4(long address) => Packed.Unpack<DeviceFloat16>(Global.Read8(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(long address, Floats4 value) => Global.Store8(address, Packed.Pack<DeviceFloat16>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store2(long address, float first, float second) => Global.StoreInt(address, (int)Pack(first, second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float low, float high)
    {
        if (!CudaAsm.IsSupported) return Interop.FloatAsInt((ILGPU.Half)low) | (uint)Interop.FloatAsInt((ILGPU.Half)high) << 16;
        Output<uint> pair = default;
        Input<float> upper = high, lower = low;
        CudaAsm.EmitRef("cvt.rn.f16x2.f32 %0, %1, %2;", ref pair, ref upper, ref lower);
        return pair.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Low(uint pair)
    {
        if (!CudaAsm.IsSupported) return Interop.IntAsFloat((ushort)pair);
        Output<float> value = default;
        Input<uint> word = pair;
        CudaAsm.EmitRef("{ .reg .b16 l, h; mov.b32 {l,h}, %1; cvt.f32.f16 %0, l; }", ref value, ref word);
        return value.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float High(uint pair) => Low(pair >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Multiply(Floats4 sum, Words4 a, uint b0, uint b1)
    {
        if (!CudaAsm.IsSupported) return TensorCore.Simulate<DeviceFloat16>(sum, a, b0, b1);
        Ref<float> x = sum.X, y = sum.Y, z = sum.Z, w = sum.W;
        Input<uint> a0 = a.X, a1 = a.Y, a2 = a.Z, a3 = a.W, c0 = b0, c1 = b1;
        CudaAsm.EmitRef("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
            ref x, ref y, ref z, ref w, ref a0, ref a1, ref a2, ref a3, ref c0, ref c1);
        return new Floats4(x.Value, y.Value, z.Value, w.Value);
    }
}
