using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// Partial results are (sum of values, unnormalised; largest score m; sum l of 2^(score - m)): first of a group's warps, then of a row's splits,
// each merged in its own fixed order.
internal static class AttentionSplits
{
    /// <summary>Which tokens a group attends to.</summary>
    /// <param name="Start">The split's first token that counts, rounded down to a block.</param>
    /// <param name="First">The window's first.</param>
    /// <param name="End">One past the split's last.</param>
    /// <param name="Table">Address of the block number of <paramref name="Start"/>.</param>
    /// <param name="NumSplits">Splits of the row.</param>
    public readonly record struct AttentionSpan(int Start, int First, int End, long Table, int NumSplits)
    {
        public int Length => End - Start;

        public int NumBlocks => (Length + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AttentionSpan Span(AttentionArguments a, int row, int split, int splitTokens)
    {
        int length = Global.ReadInt(a.Lengths + row * 4L);
        int sequence = a.Sequences == 0 ? row : Global.ReadInt(a.Sequences + row * 4L);
        int first = a.Window > 0 && length > a.Window ? length - a.Window : 0;
        int firstSplit = first / splitTokens;
        int start = (firstSplit + split) * splitTokens, end = start + splitTokens;
        if (start < first) start = first / DevicePagedKv.BlockSize * DevicePagedKv.BlockSize;
        if (end > length) end = length;
        long table = a.Tables + ((long)sequence * a.TableStride + start / DevicePagedKv.BlockSize) * 4;
        return new AttentionSpan(start, first, end, table, (length + splitTokens - 1) / splitTokens - firstSplit);
    }

    /// <summary>Merges the group's warps; the result is the row's output where it has one split, else a partial result.</summary>
    /// <param name="sums">[warps, columns, size]</param>
    /// <param name="weights">[warps, columns, 2]</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MergeWarps<TElement>(AttentionArguments a, AttentionSpan span, ArrayView<float> sums, ArrayView<float> weights,
        int columns, int size, int row, int firstHead, int heads, int split)
        where TElement : struct, IDeviceElement
    {
        int warps = Group.DimX >> 5, quads = size / 4;
        for (int e = Group.IdxX; e < heads * quads; e += Group.DimX)
        {
            int head = e / quads, element = (e - head * quads) * 4;
            float largest = float.NegativeInfinity, sum = 0;
            for (int w = 0; w < warps; w++) largest = DeviceMath.Max(largest, weights[(w * columns + head) * 2]);
            Floats4 output = default;
            for (int w = 0; w < warps; w++)
            {
                int at = w * columns + head;
                float share = DeviceMath.Exp2(weights[at * 2] - largest);
                sum += share * weights[at * 2 + 1];
                int from = at * size + element;
                output += new Floats4(sums[from], sums[from + 1], sums[from + 2], sums[from + 3]) * share;
            }

            long place = (long)row * (a.NumKvHeads * a.Group) + firstHead + head;
            if (span.NumSplits == 1)
            {
                TElement.Store4(a.Output + (place * size + element) * TElement.Bytes, output * DeviceMath.Reciprocal(sum));
                continue;
            }

            long partial = place * a.NumSplits + split;
            Global.StoreFloats4(a.Partials + (partial * size + element) * 4, output);
            if (element != 0) continue;
            Global.Store8(a.Weights + partial * 8, new Words2 { X = Interop.FloatAsInt(largest), Y = Interop.FloatAsInt(sum) });
        }
    }

    /// <summary>The group that is the last of its row and heads to come here merges the splits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CombineSplits<TElement>(AttentionArguments a, AttentionSpan span, int size, int row, int firstHead, int heads, int counter)
        where TElement : struct, IDeviceElement
    {
        var arrived = SharedMemory.Allocate<int>(1);
        // All of this group's partial results are written before it counts itself.
        Group.Barrier();
        if (Group.IdxX == 0) arrived[0] = Global.CountUp(a.Counters + ((long)row * Grid.DimX + counter) * 4, span.NumSplits - 1);
        Group.Barrier();
        if (arrived[0] != span.NumSplits - 1) return;
        int quads = size / 4;
        for (int e = Group.IdxX; e < heads * quads; e += Group.DimX)
        {
            int head = e / quads, element = (e - head * quads) * 4;
            long place = (long)row * (a.NumKvHeads * a.Group) + firstHead + head, partial = place * a.NumSplits;
            AttentionPartial total = AttentionPartial.None;
            for (int s = 0; s < span.NumSplits; s += 4)
            {
                // Four are on their way at a time.
                var first = Partial(a, partial + s, size, element, true);
                var second = Partial(a, partial + s + 1, size, element, s + 1 < span.NumSplits);
                var third = Partial(a, partial + s + 2, size, element, s + 2 < span.NumSplits);
                var fourth = Partial(a, partial + s + 3, size, element, s + 3 < span.NumSplits);
                total = total.Add(first).Add(second).Add(third).Add(fourth);
            }

            TElement.Store4(a.Output + (place * size + element) * TElement.Bytes, total.Output * DeviceMath.Reciprocal(total.Sum));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AttentionPartial Partial(AttentionArguments a, long place, int size, int element, bool exists)
    {
        if (!exists) return AttentionPartial.None;
        var weight = Global.LoadFloats2(a.Weights + place * 8);
        return new AttentionPartial { Output = Global.LoadFloats4(a.Partials + (place * size + element) * 4), Largest = weight.X, Sum = weight.Y };
    }
}
