using System.Runtime.CompilerServices;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// What a warp of the tensor-core kernel loads, and the scores of a block.
public static unsafe partial class PagedAttention
{
    /// <summary>One query head's elements in the order of the keys', for columns of the tensor cores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Query<THead>(long query, int t)
        where THead : struct, IDeviceHead
    {
        Tile q = default;
        q.A = Global.Read16(query);
        q.B = Global.Read16(query + 64);
        if (THead.Size > 64) q.C = Global.Stream16(query + 128, 64 + 8 * t < THead.Size);
        if (THead.Size > 96) q.D = Global.Read16(query + 192);
        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Keys<THead>(long address, int t, bool wanted)
        where THead : struct, IDeviceHead
    {
        long below = address + 8 * THead.Size * 2;
        Tile k = default;
        k.A = Global.Stream16If(address, wanted);
        k.B = Global.Stream16If(address + 64, wanted);
        if (THead.Size == 80) k.C = Global.Stream16(address + 128, wanted && t < 2);
        if (THead.Size > 80) k.C = Global.Stream16If(address + 128, wanted);
        if (THead.Size > 96) k.D = Global.Stream16If(address + 192, wanted);
        k.E = Global.Stream16If(below, wanted);
        k.F = Global.Stream16If(below + 64, wanted);
        if (THead.Size == 80) k.G = Global.Stream16(below + 128, wanted && t < 2);
        if (THead.Size > 80) k.G = Global.Stream16If(below + 128, wanted);
        if (THead.Size > 96) k.H = Global.Stream16If(below + 192, wanted);
        return k;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Values<THead>(long address, int g, bool wanted)
        where THead : struct, IDeviceHead
    {
        long line = THead.Size * 2;
        Tile v = default;
        v.A = Global.Stream16If(address, wanted);
        v.C = Global.Stream16If(address + line, wanted);
        v.E = Global.Stream16If(address + 8 * line, wanted);
        v.G = Global.Stream16If(address + 9 * line, wanted);
        if (THead.Size >= 128)
        {
            v.B = Global.Stream16If(address + 128, wanted);
            v.D = Global.Stream16If(address + line + 128, wanted);
            v.F = Global.Stream16If(address + 8 * line + 128, wanted);
            v.H = Global.Stream16If(address + 9 * line + 128, wanted);
        }
        else if (THead.Size > 64)
        {
            bool inside = wanted && 64 + 8 * g < THead.Size;
            v.B = Global.Stream16(address + 128, inside);
            v.D = Global.Stream16(address + line + 128, inside);
            v.F = Global.Stream16(address + 8 * line + 128, inside);
            v.H = Global.Stream16(address + 9 * line + 128, inside);
        }

        return v;
    }

    /// <summary>Two chains of products, so that one need not wait for the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 Scores<THead, TElement>(Tile k, Tile q, Floats4 sum)
        where THead : struct, IDeviceHead
        where TElement : struct, IPackedElement
    {
        var even = Score<TElement>(sum, k.A, k.E, q.A);
        var odd = Score<TElement>(default, k.B, k.F, q.B);
        if (THead.Size > 64) even = Score<TElement>(even, k.C, k.G, q.C);
        if (THead.Size > 96) odd = Score<TElement>(odd, k.D, k.H, q.D);
        return even + odd;
    }

    /// <summary>32 elements of 16 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 Score<TElement>(Floats4 sum, Words4 upper, Words4 lower, Words4 query)
        where TElement : struct, IPackedElement
    {
        sum = TElement.Multiply(sum, new Words4 { X = upper.X, Y = lower.X, Z = upper.Y, W = lower.Y }, query.X, query.Y);
        return TElement.Multiply(sum, new Words4 { X = upper.Z, Y = lower.Z, Z = upper.W, W = lower.W }, query.Z, query.W);
    }
}
