using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

/// <summary>
/// Loads and stores of a kernel by raw address: one PTX instruction each on a GPU, a plain dereference on the simulated device. An address travels
/// as two 32-bit operands, for a 64-bit one leaves a dead store to local memory behind. <c>Read</c> is for what no kernel writes while it runs.
/// </summary>
internal static unsafe partial class Global
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Read16(long address)
    {
        if (!CudaAsm.IsSupported) return *(Words4*)address;
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%4,%5}; ld.global.nc.v4.u32 {%0,%1,%2,%3}, [a]; }", ref x, ref y, ref z, ref w, ref low,
            ref high);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    /// <summary>For what is read once: it passes the first-level cache by, which is worth 3 to 5% to attention.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Stream16(long address)
    {
        if (!CudaAsm.IsSupported) return *(Words4*)address;
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%4,%5}; ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [a]; }",
            ref x, ref y, ref z, ref w, ref low, ref high);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    /// <summary>Anything where <paramref name="wanted"/> is false: a load under a condition without a branch, which would cost copies of
    /// registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Stream16If(long address, bool wanted)
    {
        if (!CudaAsm.IsSupported) return wanted ? *(Words4*)address : default;
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32), condition = wanted ? 1u : 0u;
        CudaAsm.EmitRef("{ .reg .b64 a; .reg .pred p; setp.ne.u32 p, %6, 0; mov.b64 a, {%4,%5}; @p ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [a]; }",
            ref x, ref y, ref z, ref w, ref low, ref high, ref condition);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    /// <summary>Zeros where <paramref name="inside"/> is false.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Stream16(long address, bool inside)
    {
        if (!CudaAsm.IsSupported) return inside ? *(Words4*)address : default;
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32), wanted = inside ? 1u : 0u;
        CudaAsm.EmitRef("{ .reg .b64 a; .reg .pred p; setp.ne.u32 p, %6, 0; mov.b64 a, {%4,%5}; mov.u32 %0, 0; mov.u32 %1, 0; mov.u32 %2, 0; mov.u32 %3, 0; @p ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [a]; }",
            ref x, ref y, ref z, ref w, ref low, ref high, ref wanted);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words2 Read8(long address)
    {
        if (!CudaAsm.IsSupported) return *(Words2*)address;
        Output<uint> x = default, y = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%2,%3}; ld.global.nc.v2.u32 {%0,%1}, [a]; }", ref x, ref y, ref low, ref high);
        return new Words2 { X = x.Value, Y = y.Value };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadInt(long address)
    {
        if (!CudaAsm.IsSupported) return *(int*)address;
        Output<int> value = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%1,%2}; ld.global.nc.b32 %0, [a]; }", ref value, ref low, ref high);
        return value.Value;
    }

    /// <summary>An address that no kernel writes while it runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ReadLong(long address)
    {
        var words = Read8(address);
        return (long)((ulong)words.Y << 32 | words.X);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ReadFloat(long address) => Interop.IntAsFloat((uint)ReadInt(address));

    /// <summary>Of what this launch itself, or the thread itself, may have written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 LoadFloats4(long address)
    {
        if (!CudaAsm.IsSupported) return *(Floats4*)address;
        Output<float> x = default, y = default, z = default, w = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%4,%5}; ld.global.v4.f32 {%0,%1,%2,%3}, [a]; }", ref x, ref y, ref z, ref w, ref low, ref high);
        return new Floats4(x.Value, y.Value, z.Value, w.Value);
    }

    /// <summary>Of what this launch itself may have written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats2 LoadFloats2(long address)
    {
        if (!CudaAsm.IsSupported) return *(Floats2*)address;
        Output<float> x = default, y = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%2,%3}; ld.global.v2.f32 {%0,%1}, [a]; }", ref x, ref y, ref low, ref high);
        return new Floats2 { X = x.Value, Y = y.Value };
    }

    /// <summary>Of what this launch itself may have written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LoadInt(long address)
    {
        if (!CudaAsm.IsSupported) return *(int*)address;
        Output<int> value = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%1,%2}; ld.global.b32 %0, [a]; }", ref value, ref low, ref high);
        return value.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadFloat(long address) => Interop.IntAsFloat((uint)LoadInt(address));
}
