using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// A group of 4 warps takes one split of one row and 16 heads, 32 tokens at a time, which lie in shared memory while the next 32 are
// on their way to registers.
// scores  S[16 heads, 32 tokens]: a warp sums 144 of the 576 elements; the four partial sums meet in shared memory, and every warp
//         takes the same softmax;
// output  O[16 heads, 512]: a warp has 128 elements of all heads in registers, and reads values from the same rows, transposed by ldmatrix.
public static unsafe partial class PagedLatentAttention
{
    private const int FastLatent = 512, FastRope = 64, RowChunks = (FastLatent + FastRope) / 8, TileTokens = 32, HalfChunks = 9;

    /// <summary>Bytes from a row to the next in shared memory: 16 more than a row, so that 8 rows lie in different banks.</summary>
    private const int RowBytes = RowChunks * 16 + 16;

    private const int ScoresAt = TileTokens * RowBytes, SharedBytes = ScoresAt + 4 * 4 * 32 * 16;

    private static readonly Kernel<AttentionArguments> BFloat16 = new("latent attention bf16", AttendTensorCores<DeviceBFloat16>,
        PagedAttention.AttentionThreads, 2);
    private static readonly Kernel<AttentionArguments> Float16 = new("latent attention fp16", AttendTensorCores<DeviceFloat16>,
        PagedAttention.AttentionThreads, 2);

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
}

/// <summary>Nine loads of 16 bytes.</summary>
internal struct Chunks9
{
    public Words4 A, B, C, D, E, F, G, H, I;
}
