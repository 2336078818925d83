using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rollouts.Kernels;

/// <summary>What weights, activations and KV are held in. Sums are always taken in float.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>The upper half of it.</summary>
    BFloat16,

    /// <summary>IEEE half precision; on GPUs only.</summary>
    Float16,
}

/// <summary>A stored number; kernels are compiled for each kind.</summary>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    static abstract float Load(TSelf* from);

    static abstract void Store(float value, TSelf* to);

    static abstract TLanes LoadLanes<TLanes>(TSelf* from)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>Two vectors' worth of elements, in an order of the kind's own that is the cheapest to widen: of use where only sums matter.</summary>
    static abstract void LoadPair<TLanes>(TSelf* from, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes>;

    static abstract void StoreLanes<TLanes>(TLanes value, TSelf* to)
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>A float.</summary>
[StructLayout(LayoutKind.Sequential, Size = sizeof(float))]
internal readonly unsafe struct Float32 : IElement<Float32>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(Float32* from) => *(float*)from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, Float32* to) => *(float*)to = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadLanes<TLanes>(Float32* from)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadPair<TLanes>(Float32* from, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        first = TLanes.Load((float*)from);
        second = TLanes.Load((float*)from + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLanes<TLanes>(TLanes value, Float32* to)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.Store(value, (float*)to);
}

/// <summary>The upper half of a float.</summary>
[StructLayout(LayoutKind.Sequential, Size = sizeof(ushort))]
internal readonly unsafe struct BFloat16 : IElement<BFloat16>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(BFloat16* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, BFloat16* to) => *(ushort*)to = Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadLanes<TLanes>(BFloat16* from)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBFloat16((ushort*)from);

    /// <summary>Even elements first, odd ones second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadPair<TLanes>(BFloat16* from, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBFloat16Pair((ushort*)from, out first, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLanes<TLanes>(TLanes value, BFloat16* to)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.StoreBFloat16(value, (ushort*)to);

    /// <summary>To nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
