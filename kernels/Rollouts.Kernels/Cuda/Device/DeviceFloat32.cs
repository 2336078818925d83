using System.Runtime.CompilerServices;
using ILGPU;

namespace Rollouts.Kernels.Cuda;

internal readonly struct DeviceFloat32 : IDeviceElement
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Read8(long address) => new(Read4(address), Read4(address + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load8(long address) => new(Global.LoadFloats4(address), Global.LoadFloats4(address + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(long address, Floats8 value)
    {
        Store4(address, value.Low);
        Store4(address + 16, value.High);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Read4(long address)
    {
        var words = Global.Read16(address);
        return new Floats4(Interop.IntAsFloat(words.X), Interop.IntAsFloat(words.Y), Interop.IntAsFloat(words.Z), Interop.IntAsFloat(words.W));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(long address, Floats4 value) => Global.StoreFloats4(address, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store2(long address, float first, float second) =>
        Global.Store8(address, new Words2 { X = Interop.FloatAsInt(first), Y = Interop.FloatAsInt(second) });
}
