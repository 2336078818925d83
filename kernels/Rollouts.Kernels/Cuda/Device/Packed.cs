using System.Runtime.CompilerServices;
using ILGPU;

namespace Rollouts.Kernels.Cuda;

/// <summary>What both 16-bit types do alike.</summary>
internal static class Packed
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Unpack<TElement>(Words2 words)
        where TElement : struct, IPackedElement => new(TElement.Low(words.X), TElement.High(words.X), TElement.Low(words.Y), TElement.High(words.Y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Unpack<TElement>(Words4 words)
        where TElement : struct, IPackedElement =>
        new(Unpack<TElement>(new Words2 { X = words.X, Y = words.Y }), Unpack<TElement>(new Words2 { X = words.Z, Y = words.W }));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words2 Pack<TElement>(Floats4 value)
        where TElement : struct, IPackedElement => new() { X = TElement.Pack(value.X, value.Y), Y = TElement.Pack(value.Z, value.W) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Pack<TElement>(Floats8 value)
        where TElement : struct, IPackedElement => new()
        {
            X = TElement.Pack(value.Low.X, value.Low.Y),
            Y = TElement.Pack(value.Low.Z, value.Low.W),
            Z = TElement.Pack(value.High.X, value.High.Y),
            W = TElement.Pack(value.High.Z, value.High.W),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load8<TElement>(long address)
        where TElement : struct, IPackedElement
    {
        var words = Global.LoadFloats4(address);
        return Unpack<TElement>(new Words4
        {
            X = Interop.FloatAsInt(words.X),
            Y = Interop.FloatAsInt(words.Y),
            Z = Interop.FloatAsInt(words.Z),
            W = Interop.FloatAsInt(words.W),
        });
    }
}
