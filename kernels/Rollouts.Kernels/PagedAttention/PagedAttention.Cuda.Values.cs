using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// What a warp of the tensor-core kernel does with the weights P of a block: columns of P are heads, 2t and 2t + 1 of a lane.
public static unsafe partial class PagedAttention
{
    /// <summary>A pair of weights, or of what their rounding loses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PackWeights<TElement>(float p0, float p1, bool remainder)
        where TElement : struct, IPackedElement
    {
        uint rounded = TElement.Pack(p0, p1);
        uint rest = TElement.Pack(p0 - TElement.Low(rounded), p1 - TElement.High(rounded));
        return remainder ? rest : rounded;
    }

    /// <summary>Sums under the older maximum are scaled, then the block's values are added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums8 AddValues<THead, TElement>(Sums8 o, Tile v, uint upper, uint lower, float c0, float c1)
        where THead : struct, IDeviceHead
        where TElement : struct, IPackedElement
    {
        var keep = new Floats4(c0, c1, c0, c1);
        o.A = AddPair<TElement>(o.A * keep, v.A.X, v.C.X, v.E.X, v.G.X, upper, lower);
        o.B = AddPair<TElement>(o.B * keep, v.A.Y, v.C.Y, v.E.Y, v.G.Y, upper, lower);
        o.C = AddPair<TElement>(o.C * keep, v.A.Z, v.C.Z, v.E.Z, v.G.Z, upper, lower);
        o.D = AddPair<TElement>(o.D * keep, v.A.W, v.C.W, v.E.W, v.G.W, upper, lower);
        if (THead.Size == 64) return o;
        o.E = AddPair<TElement>(o.E * keep, v.B.X, v.D.X, v.F.X, v.H.X, upper, lower);
        o.F = AddPair<TElement>(o.F * keep, v.B.Y, v.D.Y, v.F.Y, v.H.Y, upper, lower);
        o.G = AddPair<TElement>(o.G * keep, v.B.Z, v.D.Z, v.F.Z, v.H.Z, upper, lower);
        o.H = AddPair<TElement>(o.H * keep, v.B.W, v.D.W, v.F.W, v.H.W, upper, lower);
        return o;
    }

    /// <summary>Two elements of 16 tokens: tokens 2t and 2t + 1, then those 8 further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 AddPair<TElement>(Floats4 sum, uint first, uint second, uint third, uint fourth, uint upper, uint lower)
        where TElement : struct, IPackedElement => TElement.Multiply(sum, new Words4
        {
            X = TensorCore.LowHalves(first, second),
            Y = TensorCore.HighHalves(first, second),
            Z = TensorCore.LowHalves(third, fourth),
            W = TensorCore.HighHalves(third, fourth),
        }, upper, lower);

    /// <summary>Over the 8 lanes that hold a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ColumnMax(float value)
    {
        value = DeviceMath.Max(value, Warp.ShuffleXor(value, 4));
        value = DeviceMath.Max(value, Warp.ShuffleXor(value, 8));
        return DeviceMath.Max(value, Warp.ShuffleXor(value, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ColumnSum(float value)
    {
        value += Warp.ShuffleXor(value, 4);
        value += Warp.ShuffleXor(value, 8);
        return value + Warp.ShuffleXor(value, 16);
    }

    /// <summary>Columns 4..7 hold what the rounding of columns 0..3 lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums8 AddRemainders(Sums8 o) => new()
    {
        A = AddRemainder(o.A),
        B = AddRemainder(o.B),
        C = AddRemainder(o.C),
        D = AddRemainder(o.D),
        E = AddRemainder(o.E),
        F = AddRemainder(o.F),
        G = AddRemainder(o.G),
        H = AddRemainder(o.H),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 AddRemainder(Floats4 x) =>
        x + new Floats4(Warp.ShuffleXor(x.X, 2), Warp.ShuffleXor(x.Y, 2), Warp.ShuffleXor(x.Z, 2), Warp.ShuffleXor(x.W, 2));

    /// <summary>A lane's elements 8g .. + 7 (and 64 further) of heads 2t and 2t + 1, into [heads, size].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<THead>(ArrayView<float> sums, int at, Sums8 o)
        where THead : struct, IDeviceHead
    {
        PutPair(sums, at, THead.Size, o.A);
        PutPair(sums, at + 2, THead.Size, o.B);
        PutPair(sums, at + 4, THead.Size, o.C);
        PutPair(sums, at + 6, THead.Size, o.D);
        if (THead.Size == 64 || THead.Size < 128 && 64 + 8 * ((Group.IdxX & 31) >> 2) >= THead.Size) return;
        PutPair(sums, at + 64, THead.Size, o.E);
        PutPair(sums, at + 66, THead.Size, o.F);
        PutPair(sums, at + 68, THead.Size, o.G);
        PutPair(sums, at + 70, THead.Size, o.H);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutPair(ArrayView<float> sums, int at, int size, Floats4 x)
    {
        sums[at] = x.X;
        sums[at + 1] = x.Z;
        sums[at + size] = x.Y;
        sums[at + size + 1] = x.W;
    }
}
