using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// A group of 4 warps takes one split of one row and 16 heads, 32 tokens at a time, which lie in shared memory while the next 32 are on their way to registers.
// scores  S[16 heads, 32 tokens]: a warp sums 144 of the 576 elements; the four partial sums meet in shared memory, and every warp takes the same softmax;
// output  O[16 heads, 512]: a warp has 128 elements of all heads in registers, and reads values from the same rows, transposed by ldmatrix.
public static unsafe partial class PagedLatentAttention
{
    private const int FastLatent = 512, FastRope = 64, RowChunks = (FastLatent + FastRope) / 8, TileTokens = 32, HalfChunks = 9;

    /// <summary>Bytes from a row to the next in shared memory: 16 more than a row, so that 8 rows lie in different banks.</summary>
    private const int RowBytes = RowChunks * 16 + 16;

    private const int ScoresAt = TileTokens * RowBytes, SharedBytes = ScoresAt + 4 * 4 * 32 * 16;

    private static readonly Kernel<AttentionArguments> BFloat16 = new("latent attention bf16", AttendTensorCores<DeviceBFloat16>, PagedAttention.AttentionThreads, 2);
    private static readonly Kernel<AttentionArguments> Float16 = new("latent attention fp16", AttendTensorCores<DeviceFloat16>, PagedAttention.AttentionThreads, 2);

    internal static IEnumerable<Kernel> Kernels => [BFloat16, Float16, .. StoreFamily.All];

    internal static void AttendTensorCores<TElement>(AttentionArguments a)
        where TElement : struct, IPackedElement
    {
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, g = lane >> 2, t = lane & 3;
        int split = Grid.IdxZ, firstHead = Grid.IdxX * HeadsPerGroup, row = Grid.IdxY;
        int heads = a.Group - firstHead < HeadsPerGroup ? a.Group - firstHead : HeadsPerGroup;
        var span = AttentionSplits.Span(a, row, split, SplitTokens);
        if (span.Length <= 0) return;

        var shared = DynamicShared.Open();
        int id = lane < span.NumBlocks ? Global.ReadInt(span.Table + lane * 4L) : 0;
        int upperHead = g < heads ? g : heads - 1, lowerHead = g + 8 < heads ? g + 8 : heads - 1;
        long query = a.Queries + ((long)row * a.QueryStride + firstHead * a.HeadSize + warp * 144 + 2 * t) * 2;
        var q = Query(query + upperHead * a.HeadSize * 2L, query + lowerHead * a.HeadSize * 2L);

        float m0 = float.NegativeInfinity, m1 = float.NegativeInfinity, l0 = 0, l1 = 0;
        Sums8 o = default, o2 = default;
        // Of a block a lane loads every 128th chunk of 16 bytes.
        var upper = Load(a.Keys, Warp.Shuffle(id, 0), true);
        var lower = Load(a.Keys, Warp.Shuffle(id, 1), span.NumBlocks > 1);
        for (int block = 0; block < span.NumBlocks; block += 2)
        {
            Group.Barrier();
            Store(shared, 0, upper);
            Store(shared, 16 * RowBytes, lower);
            upper = Load(a.Keys, Warp.Shuffle(id, (block + 2) & 31), block + 2 < span.NumBlocks);
            lower = Load(a.Keys, Warp.Shuffle(id, (block + 3) & 31), block + 3 < span.NumBlocks);
            Group.Barrier();
            var s = Scores<TElement>(shared, q, lane, warp);
            PutScores(shared, s, warp, lane);
            Group.Barrier();
            int token = span.Start + block * 16 + 2 * t;
            s.A = TakeScores(shared, 0, lane, token, span, a.Scale);
            s.B = TakeScores(shared, 1, lane, token + 8, span, a.Scale);
            s.C = TakeScores(shared, 2, lane, token + 16, span, a.Scale);
            s.D = TakeScores(shared, 3, lane, token + 24, span, a.Scale);
            float x0 = DeviceMath.Max(m0, RowMax(DeviceMath.Max(DeviceMath.Max(Left(s.A), Left(s.B)), DeviceMath.Max(Left(s.C), Left(s.D)))));
            float x1 = DeviceMath.Max(m1, RowMax(DeviceMath.Max(DeviceMath.Max(Right(s.A), Right(s.B)), DeviceMath.Max(Right(s.C), Right(s.D)))));
            // Every tile has a token that counts, so the maxima are finite.
            float c0 = DeviceMath.Exp2(m0 - x0), c1 = DeviceMath.Exp2(m1 - x1);
            m0 = x0;
            m1 = x1;
            Floats4 pa = Chances(s.A, x0, x1), pb = Chances(s.B, x0, x1), pc = Chances(s.C, x0, x1), pd = Chances(s.D, x0, x1);
            l0 = l0 * c0 + ((pa.X + pa.Y) + (pb.X + pb.Y) + ((pc.X + pc.Y) + (pd.X + pd.Y)));
            l1 = l1 * c1 + ((pa.Z + pa.W) + (pb.Z + pb.W) + ((pc.Z + pc.W) + (pd.Z + pd.W)));
            var first = Weights<TElement>(pa, pb);
            var second = Weights<TElement>(pc, pd);
            var keep = new Floats4(c0, c0, c1, c1);
            int values = ValueOffset(lane, warp);
            o = AddValues<TElement>(shared, values, o, keep, first, second);
            o2 = AddValues<TElement>(shared, values + 128, o2, keep, first, second);
        }

        l0 = RowSum(l0);
        l1 = RowSum(l1);
        Finish<TElement>(a, span, o, o2, m0, m1, l0, l1, row, firstHead, heads, split);
        if (span.NumSplits > 1) AttentionSplits.CombineSplits<TElement>(a, span, FastLatent, row, firstHead, heads, Grid.IdxX);
    }

    /// <summary>Nine chunks of a block, zeros where there is none: what is multiplied by a weight of 0 must be finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Chunks9 Load(long latents, int block, bool exists)
    {
        long from = latents + ((long)block * 16 * RowChunks + Group.IdxX) * 16;
        return new Chunks9
        {
            A = Global.Stream16(from, exists),
            B = Global.Stream16(from + 2048, exists),
            C = Global.Stream16(from + 4096, exists),
            D = Global.Stream16(from + 6144, exists),
            E = Global.Stream16(from + 8192, exists),
            F = Global.Stream16(from + 10240, exists),
            G = Global.Stream16(from + 12288, exists),
            H = Global.Stream16(from + 14336, exists),
            I = Global.Stream16(from + 16384, exists),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(DynamicShared shared, int at, Chunks9 x)
    {
        shared.Store16(at + Place(0), x.A);
        shared.Store16(at + Place(1), x.B);
        shared.Store16(at + Place(2), x.C);
        shared.Store16(at + Place(3), x.D);
        shared.Store16(at + Place(4), x.E);
        shared.Store16(at + Place(5), x.F);
        shared.Store16(at + Place(6), x.G);
        shared.Store16(at + Place(7), x.H);
        shared.Store16(at + Place(8), x.I);
    }

    /// <summary>Where a lane's chunk lies: each row is 16 bytes longer than its chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(int number)
    {
        uint chunk = (uint)(Group.IdxX + 128 * number);
        return (int)((chunk + chunk / RowChunks) * 16);
    }

    /// <summary>A warp's 144 elements of heads g and g + 8: nine steps of the tensor cores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Chunks9 Query(long upper, long lower) => new()
    {
        A = QueryStep(upper, lower),
        B = QueryStep(upper + 32, lower + 32),
        C = QueryStep(upper + 64, lower + 64),
        D = QueryStep(upper + 96, lower + 96),
        E = QueryStep(upper + 128, lower + 128),
        F = QueryStep(upper + 160, lower + 160),
        G = QueryStep(upper + 192, lower + 192),
        H = QueryStep(upper + 224, lower + 224),
        I = QueryStep(upper + 256, lower + 256),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words4 QueryStep(long upper, long lower) => new()
    {
        X = (uint)Global.ReadInt(upper),
        Y = (uint)Global.ReadInt(lower),
        Z = (uint)Global.ReadInt(upper + 16),
        W = (uint)Global.ReadInt(lower + 16),
    };

    /// <summary>Writes a split's result: the output where it is the only one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TElement>(AttentionArguments a, AttentionSplits.AttentionSpan span, Sums8 o, Sums8 o2, float m0, float m1, float l0, float l1, int row, int firstHead, int heads, int split)
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
}

/// <summary>Nine loads of 16 bytes.</summary>
internal struct Chunks9
{
    public Words4 A, B, C, D, E, F, G, H, I;
}
