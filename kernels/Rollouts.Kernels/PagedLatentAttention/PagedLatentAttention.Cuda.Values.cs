using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// The steps of the latent kernel inside of a tile of 32 tokens. A lane's scores are of heads g and g + 8 and of tokens 8n + 2t and the
// next, n = A..D.
public static unsafe partial class PagedLatentAttention
{
    /// <summary>A warp's part of the scores, summed over its 144 elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Scores4 Scores<TElement>(DynamicShared shared, Chunks9 q, int lane, int warp)
        where TElement : struct, IPackedElement
    {
        // Of each load, tiles 0 and 1 are the halves of a step of 8 tokens, tiles 2 and 3 those of the next 8.
        int at = ((lane & 7) + ((lane >> 4) << 3)) * RowBytes + warp * 288 + ((lane >> 3) & 1) * 16;
        Scores4 s = default;
        s = Step<TElement>(shared, at, s, q.A);
        s = Step<TElement>(shared, at + 32, s, q.B);
        s = Step<TElement>(shared, at + 64, s, q.C);
        s = Step<TElement>(shared, at + 96, s, q.D);
        s = Step<TElement>(shared, at + 128, s, q.E);
        s = Step<TElement>(shared, at + 160, s, q.F);
        s = Step<TElement>(shared, at + 192, s, q.G);
        s = Step<TElement>(shared, at + 224, s, q.H);
        return Step<TElement>(shared, at + 256, s, q.I);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Scores4 Step<TElement>(DynamicShared shared, int at, Scores4 s, Words4 q)
        where TElement : struct, IPackedElement
    {
        var near = shared.LoadTiles(at);
        var far = shared.LoadTiles(at + 16 * RowBytes);
        s.A = TElement.Multiply(s.A, q, near.X, near.Y);
        s.B = TElement.Multiply(s.B, q, near.Z, near.W);
        s.C = TElement.Multiply(s.C, q, far.X, far.Y);
        s.D = TElement.Multiply(s.D, q, far.Z, far.W);
        return s;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutScores(DynamicShared shared, Scores4 s, int warp, int lane)
    {
        int at = ScoresAt + (warp * 4 * 32 + lane) * 16;
        shared.StoreFloats4(at, s.A);
        shared.StoreFloats4(at + 512, s.B);
        shared.StoreFloats4(at + 1024, s.C);
        shared.StoreFloats4(at + 1536, s.D);
    }

    /// <summary>All warps' sums of one tile of scores, scaled; tokens that do not count are minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 TakeScores(DynamicShared shared, int tile, int lane, int token, AttentionSplits.AttentionSpan span, float scale)
    {
        int at = ScoresAt + (tile * 32 + lane) * 16;
        var s = (shared.LoadFloats4(at) + shared.LoadFloats4(at + 2048) + (shared.LoadFloats4(at + 4096) + shared.LoadFloats4(at + 6144))) * scale;
        if (token < span.First || token >= span.End)
        {
            s.X = float.NegativeInfinity;
            s.Z = float.NegativeInfinity;
        }

        if (token + 1 < span.First || token + 1 >= span.End)
        {
            s.Y = float.NegativeInfinity;
            s.W = float.NegativeInfinity;
        }

        return s;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats4 Chances(Floats4 s, float upper, float lower) =>
        new(DeviceMath.Exp2(s.X - upper), DeviceMath.Exp2(s.Y - upper), DeviceMath.Exp2(s.Z - lower), DeviceMath.Exp2(s.W - lower));

    /// <summary>The weights of 16 tokens: what the scores' layout holds is the layout of a left operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words4 Weights<TElement>(Floats4 near, Floats4 far)
        where TElement : struct, IPackedElement =>
        new() { X = TElement.Pack(near.X, near.Y), Y = TElement.Pack(near.Z, near.W), Z = TElement.Pack(far.X, far.Y),
            W = TElement.Pack(far.Z, far.W) };

    /// <summary>Where a lane's row of a load of values lies: tiles 0 and 1 are the halves of 16 tokens, tiles 2 and 3 those of the next 8
    /// elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ValueOffset(int lane, int warp) => (lane & 15) * RowBytes + warp * 256 + (lane >> 4) * 16;

    /// <summary>64 elements of 32 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums8 AddValues<TElement>(DynamicShared shared, int at, Sums8 o, Floats4 keep, Words4 first, Words4 second)
        where TElement : struct, IPackedElement
    {
        var x = shared.LoadTilesTransposed(at);
        var y = shared.LoadTilesTransposed(at + 16 * RowBytes);
        o.A = TElement.Multiply(TElement.Multiply(o.A * keep, first, x.X, x.Y), second, y.X, y.Y);
        o.B = TElement.Multiply(TElement.Multiply(o.B * keep, first, x.Z, x.W), second, y.Z, y.W);
        x = shared.LoadTilesTransposed(at + 32);
        y = shared.LoadTilesTransposed(at + 32 + 16 * RowBytes);
        o.C = TElement.Multiply(TElement.Multiply(o.C * keep, first, x.X, x.Y), second, y.X, y.Y);
        o.D = TElement.Multiply(TElement.Multiply(o.D * keep, first, x.Z, x.W), second, y.Z, y.W);
        x = shared.LoadTilesTransposed(at + 64);
        y = shared.LoadTilesTransposed(at + 64 + 16 * RowBytes);
        o.E = TElement.Multiply(TElement.Multiply(o.E * keep, first, x.X, x.Y), second, y.X, y.Y);
        o.F = TElement.Multiply(TElement.Multiply(o.F * keep, first, x.Z, x.W), second, y.Z, y.W);
        x = shared.LoadTilesTransposed(at + 96);
        y = shared.LoadTilesTransposed(at + 96 + 16 * RowBytes);
        o.G = TElement.Multiply(TElement.Multiply(o.G * keep, first, x.X, x.Y), second, y.X, y.Y);
        o.H = TElement.Multiply(TElement.Multiply(o.H * keep, first, x.Z, x.W), second, y.Z, y.W);
        return o;
    }

    private static float Left(Floats4 s) => DeviceMath.Max(s.X, s.Y);

    private static float Right(Floats4 s) => DeviceMath.Max(s.Z, s.W);

    /// <summary>Over the 4 lanes that hold a head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float RowMax(float value)
    {
        value = DeviceMath.Max(value, Warp.ShuffleXor(value, 1));
        return DeviceMath.Max(value, Warp.ShuffleXor(value, 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float RowSum(float value)
    {
        value += Warp.ShuffleXor(value, 1);
        return value + Warp.ShuffleXor(value, 2);
    }
}

/// <summary>A lane's scores of 32 tokens.</summary>
internal struct Scores4
{
    public Floats4 A, B, C, D;
}
