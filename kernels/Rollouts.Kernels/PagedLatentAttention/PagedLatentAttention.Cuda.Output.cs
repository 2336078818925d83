using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// What a group of the latent kernel leaves.
public static unsafe partial class PagedLatentAttention
{
    /// <summary>Writes a split's result: the output where it is the only one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TElement>(AttentionArguments a, AttentionSplits.AttentionSpan span, Sums8 o, Sums8 o2, float m0, float m1,
        float l0, float l1, int row, int firstHead, int heads, int split)
        where TElement : struct, IPackedElement
    {
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, g = lane >> 2, t = lane & 3, element = warp * 128 + 2 * t;
        long place = (long)row * a.Group + firstHead + g;
        if (span.NumSplits == 1)
        {
            float r0 = DeviceMath.Reciprocal(l0), r1 = DeviceMath.Reciprocal(l1);
            var share = new Floats4(r0, r0, r1, r1);
            long to = a.Output + (place * FastLatent + element) * 2;
            StoreOutput<TElement>(to, o, share, g, heads);
            StoreOutput<TElement>(to + 128, o2, share, g, heads);
            return;
        }

        long partial = place * a.NumSplits + split, below = 8L * a.NumSplits;
        long at = a.Partials + (partial * FastLatent + element) * 4, far = below * FastLatent * 4;
        StorePartial(at, far, o, g, heads);
        StorePartial(at + 256, far, o2, g, heads);
        if (warp != 0 || t != 0) return;
        if (g < heads) Global.Store8(a.Weights + partial * 8, new Words2 { X = Interop.FloatAsInt(m0), Y = Interop.FloatAsInt(l0) });
        if (g + 8 < heads) Global.Store8(a.Weights + (partial + below) * 8, new Words2 { X = Interop.FloatAsInt(m1), Y = Interop.FloatAsInt(l1) });
    }

    /// <summary>64 elements of heads g and g + 8, in pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreOutput<TElement>(long to, Sums8 o, Floats4 share, int g, int heads)
        where TElement : struct, IPackedElement
    {
        StorePair<TElement>(to, o.A * share, g, heads);
        StorePair<TElement>(to + 16, o.B * share, g, heads);
        StorePair<TElement>(to + 32, o.C * share, g, heads);
        StorePair<TElement>(to + 48, o.D * share, g, heads);
        StorePair<TElement>(to + 64, o.E * share, g, heads);
        StorePair<TElement>(to + 80, o.F * share, g, heads);
        StorePair<TElement>(to + 96, o.G * share, g, heads);
        StorePair<TElement>(to + 112, o.H * share, g, heads);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair<TElement>(long to, Floats4 x, int g, int heads)
        where TElement : struct, IPackedElement
    {
        if (g < heads) Global.StoreInt(to, (int)TElement.Pack(x.X, x.Y));
        if (g + 8 < heads) Global.StoreInt(to + 8 * FastLatent * 2, (int)TElement.Pack(x.Z, x.W));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePartial(long to, long below, Sums8 o, int g, int heads)
    {
        StorePartialPair(to, below, o.A, g, heads);
        StorePartialPair(to + 32, below, o.B, g, heads);
        StorePartialPair(to + 64, below, o.C, g, heads);
        StorePartialPair(to + 96, below, o.D, g, heads);
        StorePartialPair(to + 128, below, o.E, g, heads);
        StorePartialPair(to + 160, below, o.F, g, heads);
        StorePartialPair(to + 192, below, o.G, g, heads);
        StorePartialPair(to + 224, below, o.H, g, heads);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePartialPair(long to, long below, Floats4 x, int g, int heads)
    {
        if (g < heads) Global.Store8(to, new Words2 { X = Interop.FloatAsInt(x.X), Y = Interop.FloatAsInt(x.Y) });
        if (g + 8 < heads) Global.Store8(to + below, new Words2 { X = Interop.FloatAsInt(x.Z), Y = Interop.FloatAsInt(x.W) });
    }
}
