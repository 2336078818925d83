using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// A group of 4 warps takes one split of one row and KV head, a warp every fourth block of 16 tokens. With lane = 4g + t:
// scores  S[token, head] = K[16 x size] Q'[size x 8]: a lane loads tokens g and g + 8, elements 32j + 8t .. + 7. The order of a
//         contraction's index is free as long as both operands have it, so both are loaded with 16 bytes a lane and no transposition;
// output  O[element, head] = V'[16 elements x 16 tokens] P[16 x 8]: a lane loads tokens 2t, 2t+1, 2t+8, 2t+9, elements 64c + 8g .. + 7.
// Keys of the next block are loaded as soon as the scores are taken, values as soon as they are summed: 4 to 8 KB of a warp are always on their way.
// Where 4 heads or fewer share the KV head, columns 4..7 repeat them and carry the rounding remainder of P: extra precision at no extra product.
public static unsafe partial class PagedAttention
{
    private static readonly Kernel<AttentionArguments> BFloat16Head64 = OnTensorCores<Head64, DeviceBFloat16>("attention bf16 64");
    private static readonly Kernel<AttentionArguments> BFloat16Head80 = OnTensorCores<Head80, DeviceBFloat16>("attention bf16 80");
    private static readonly Kernel<AttentionArguments> BFloat16Head96 = OnTensorCores<Head96, DeviceBFloat16>("attention bf16 96");
    private static readonly Kernel<AttentionArguments> BFloat16Head128 = OnTensorCores<Head128, DeviceBFloat16>("attention bf16 128");
    private static readonly Kernel<AttentionArguments> BFloat16Head256 = OnTensorCores<Head256, DeviceBFloat16>("attention bf16 256");
    private static readonly Kernel<AttentionArguments> Float16Head64 = OnTensorCores<Head64, DeviceFloat16>("attention fp16 64");
    private static readonly Kernel<AttentionArguments> Float16Head80 = OnTensorCores<Head80, DeviceFloat16>("attention fp16 80");
    private static readonly Kernel<AttentionArguments> Float16Head96 = OnTensorCores<Head96, DeviceFloat16>("attention fp16 96");
    private static readonly Kernel<AttentionArguments> Float16Head128 = OnTensorCores<Head128, DeviceFloat16>("attention fp16 128");
    private static readonly Kernel<AttentionArguments> Float16Head256 = OnTensorCores<Head256, DeviceFloat16>("attention fp16 256");

    private const int MaxWarps = 4;

    private static Kernel<AttentionArguments> OnTensorCores<THead, TElement>(string name)
        where THead : struct, IDeviceHead
        where TElement : struct, IPackedElement => new(name, AttendTensorCores<THead, TElement>, AttentionThreads, THead.MinGroups);

    internal static void AttendTensorCores<THead, TElement>(AttentionArguments a)
        where THead : struct, IDeviceHead
        where TElement : struct, IPackedElement
    {
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, warps = Group.DimX >> 5, g = lane >> 2, t = lane & 3;
        int split = Grid.IdxZ, kvHead = Grid.IdxX / a.Passes, firstOfPass = Grid.IdxX % a.Passes * HeadsPerPass, row = Grid.IdxY;
        int heads = a.Group - firstOfPass < HeadsPerPass ? a.Group - firstOfPass : HeadsPerPass;
        var span = AttentionSplits.Span(a, row, split, SplitTokens);
        if (span.Length <= 0) return;

        // One load gives a warp the numbers of its next 32 blocks; shuffles hand them out.
        int mine = (span.NumBlocks - warp + warps - 1) / warps;
        int id = lane < mine ? Global.ReadInt(span.Table + (warp + lane * warps) * 4L) : 0;
        long rowBytes = THead.Size * 2L, tileBytes = 16 * rowBytes, blockBytes = tileBytes * a.NumKvHeads;
        long keys = a.Keys + kvHead * tileBytes + g * rowBytes + t * 16, values = a.Values + kvHead * tileBytes + 2 * t * rowBytes + g * 16;

        bool repeats = heads <= HeadsPerPass / 2, remainder = repeats && t >= 2;
        int column = repeats ? g & 3 : g;
        if (column >= heads) column = heads - 1;
        long query = a.Queries + ((long)row * a.QueryStride + (kvHead * a.Group + firstOfPass + column) * THead.Size) * 2 + t * 16;
        var q = Query<THead>(query, t);
        var q2 = THead.Size > 128 ? Query<THead>(query + 256, t) : default;

        float m0 = float.NegativeInfinity, m1 = float.NegativeInfinity, l0 = 0, l1 = 0;
        Sums8 o = default, o2 = default;
        long next = Warp.Shuffle(id, 0) * blockBytes;
        var k = Keys<THead>(keys + next, t, mine > 0);
        var v = THead.Size > 128 ? Keys<THead>(keys + next + 256, t, mine > 0) : Values<THead>(values + next, g, mine > 0);

        for (int n = 0; n < mine; n++)
        {
            int token = span.Start + (warp + n * warps) * 16 + g;
            long here = next;
            next = Warp.Shuffle(id, (n + 1) & 31) * blockBytes;
            bool more = n + 1 < mine;
            var s = Scores<THead, TElement>(k, q, default);
            if (THead.Size > 128)
            {
                // The two halves of a wide head take turns in the two tiles: keys, keys, values, values.
                k = Values<THead>(values + here, g, true);
                s = Scores<THead, TElement>(v, q2, s);
                v = Values<THead>(values + here + 256, g, true);
            }
            else k = Keys<THead>(keys + next, t, more);

            s *= a.Scale;
            if (token < span.First || token >= span.End) { s.X = float.NegativeInfinity; s.Y = float.NegativeInfinity; }
            if (token + 8 < span.First || token + 8 >= span.End) { s.Z = float.NegativeInfinity; s.W = float.NegativeInfinity; }
            float x0 = DeviceMath.Max(m0, ColumnMax(DeviceMath.Max(s.X, s.Z))), x1 = DeviceMath.Max(m1, ColumnMax(DeviceMath.Max(s.Y, s.W)));
            // Every block has a token that counts, so the maxima are finite.
            float c0 = DeviceMath.Exp2(m0 - x0), c1 = DeviceMath.Exp2(m1 - x1);
            m0 = x0;
            m1 = x1;
            float p0 = DeviceMath.Exp2(s.X - x0), p1 = DeviceMath.Exp2(s.Y - x1), p2 = DeviceMath.Exp2(s.Z - x0), p3 = DeviceMath.Exp2(s.W - x1);
            l0 = l0 * c0 + (p0 + p2);
            l1 = l1 * c1 + (p1 + p3);
            uint upper = TensorCore.Transpose(PackWeights<TElement>(p0, p1, remainder)),
                lower = TensorCore.Transpose(PackWeights<TElement>(p2, p3, remainder));
            if (THead.Size > 128)
            {
                o = AddValues<THead, TElement>(o, k, upper, lower, c0, c1);
                k = Keys<THead>(keys + next, t, more);
                o2 = AddValues<THead, TElement>(o2, v, upper, lower, c0, c1);
                v = Keys<THead>(keys + next + 256, t, more);
            }
            else
            {
                o = AddValues<THead, TElement>(o, v, upper, lower, c0, c1);
                v = Values<THead>(values + next, g, more);
            }
        }

        l0 = ColumnSum(l0);
        l1 = ColumnSum(l1);
        var sums = SharedMemory.Allocate<float>(MaxWarps * HeadsPerPass * THead.Size);      // [warps, 8, size]
        var weights = SharedMemory.Allocate<float>(MaxWarps * HeadsPerPass * 2);            // [warps, 8, 2]
        if (repeats)
        {
            o = AddRemainders(o);
            if (THead.Size > 128) o2 = AddRemainders(o2);
        }

        if (!remainder)
        {
            int at = (warp * HeadsPerPass + 2 * t) * THead.Size + 8 * g;
            Put<THead>(sums, at, o);
            if (THead.Size > 128) Put<THead>(sums, at + 128, o2);
            if (g == 0)
            {
                int w = (warp * HeadsPerPass + 2 * t) * 2;
                weights[w] = m0;
                weights[w + 1] = l0;
                weights[w + 2] = m1;
                weights[w + 3] = l1;
            }
        }

        Group.Barrier();
        AttentionSplits.MergeWarps<TElement>(a, span, sums, weights, HeadsPerPass, THead.Size, row, kvHead * a.Group + firstOfPass, heads, split);
        if (span.NumSplits > 1) AttentionSplits.CombineSplits<TElement>(a, span, THead.Size, row, kvHead * a.Group + firstOfPass, heads, Grid.IdxX);
    }
}
