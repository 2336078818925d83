using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// For float32 and for head sizes that the tensor-core kernels are not compiled for, latent ones too. A group takes one split of one row
// and query head, a warp every fourth chunk of 32 tokens: a lane takes the score of one token, then each lane sums four elements in every 128 of all 32.
public static unsafe partial class PagedAttention
{
    /// <summary>Elements of a key that the plain kernel takes: a latent one has the values and the rotated part.</summary>
    internal const int MaxPlainSize = 1024;

    internal const int MaxPlainValueSize = 512;

    private static readonly Kernel<AttentionArguments> PlainFloat32 = new("attention float32", AttendPlain<DeviceFloat32>, AttentionThreads, 4);
    private static readonly Kernel<AttentionArguments> PlainBFloat16 = new("attention bf16 any size", AttendPlain<DeviceBFloat16>,
        AttentionThreads, 4);
    private static readonly Kernel<AttentionArguments> PlainFloat16 = new("attention fp16 any size", AttendPlain<DeviceFloat16>, AttentionThreads, 4);

    /// <summary>Every attention kernel.</summary>
    internal static IEnumerable<Kernel> Kernels =>
    [
        BFloat16Head64, BFloat16Head80, BFloat16Head96, BFloat16Head128, BFloat16Head256, Float16Head64, Float16Head80, Float16Head96,
            Float16Head128, Float16Head256,
        PlainFloat32, PlainBFloat16, PlainFloat16,
    ];

    internal static void AttendPlain<TElement>(AttentionArguments a)
        where TElement : struct, IDeviceElement
    {
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, warps = Group.DimX >> 5;
        int split = Grid.IdxZ, head = Grid.IdxX, kvHead = head / a.Group, row = Grid.IdxY;
        var span = AttentionSplits.Span(a, row, split, SplitTokens);
        if (span.Length <= 0) return;

        var query = SharedMemory.Allocate<float>(MaxPlainSize);
        var chances = SharedMemory.Allocate<float>(MaxWarps * 32);
        var sums = SharedMemory.Allocate<float>(MaxWarps * MaxPlainValueSize);
        var weights = SharedMemory.Allocate<float>(MaxWarps * 2);
        long from = a.Queries + ((long)row * a.QueryStride + head * a.HeadSize) * TElement.Bytes;
        for (int i = Group.IdxX * 4; i < a.HeadSize; i += Group.DimX * 4)
        {
            var x = TElement.Read4(from + i * TElement.Bytes);
            query[i] = x.X;
            query[i + 1] = x.Y;
            query[i + 2] = x.Z;
            query[i + 3] = x.W;
        }

        Group.Barrier();
        long rowBytes = (long)a.HeadSize * TElement.Bytes, tileBytes = DevicePagedKv.BlockSize * rowBytes, blockBytes = tileBytes * a.NumKvHeads;
        float largest = float.NegativeInfinity, sum = 0;
        var o = new PlainSums();
        for (int chunk = span.Start + warp * 32; chunk < span.End; chunk += warps * 32)
        {
            int token = chunk + lane;
            bool counts = token >= span.First && token < span.End;
            long block = counts ? Global.ReadInt(span.Table + ((token - span.Start) >> 4) * 4L) * blockBytes + kvHead * tileBytes + (token & 15) * rowBytes : 0;
            float score = counts ? PlainScore<TElement>(a.Keys + block, query, a.HeadSize) * a.Scale : float.NegativeInfinity;
            float high = DeviceMath.Max(largest, DeviceMath.WarpMax(score));
            // A window may begin after a whole chunk: nothing is subtracted from minus infinity.
            float shift = high == float.NegativeInfinity ? 0 : high;
            float keep = DeviceMath.Exp2(largest - shift), chance = DeviceMath.Exp2(score - shift);
            largest = high;
            sum = sum * keep + DeviceMath.WarpSum(chance);
            chances[warp * 32 + lane] = chance;
            Warp.Barrier();
            o.Scale(keep);
            int count = span.End - chunk < 32 ? span.End - chunk : 32;
            for (int i = 0; i < count; i++)
            {
                long values = a.Values + Global.ReadInt(span.Table + ((chunk + i - span.Start) >> 4) * 4L) * blockBytes + kvHead * tileBytes + ((chunk + i) & 15) * rowBytes;
                float p = chances[warp * 32 + i];
                o.Add<TElement>(values, lane * 4, a.ValueSize, p);
            }

            Warp.Barrier();
        }

        o.Put(sums, warp * a.ValueSize, lane * 4, a.ValueSize);
        if (lane == 0)
        {
            weights[warp * 2] = largest;
            weights[warp * 2 + 1] = sum;
        }

        Group.Barrier();
        AttentionSplits.MergeWarps<TElement>(a, span, sums, weights, 1, a.ValueSize, row, head, 1, split);
        if (span.NumSplits > 1) AttentionSplits.CombineSplits<TElement>(a, span, a.ValueSize, row, head, 1, head);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PlainScore<TElement>(long key, ArrayView<float> query, int size)
        where TElement : struct, IDeviceElement
    {
        float even = 0, odd = 0;
        for (int i = 0; i < size; i += 8)
        {
            var k = TElement.Read8(key + i * TElement.Bytes);
            even += k.Low.Dot(new Floats4(query[i], query[i + 1], query[i + 2], query[i + 3]));
            odd += k.High.Dot(new Floats4(query[i + 4], query[i + 5], query[i + 6], query[i + 7]));
        }

        return even + odd;
    }
}

/// <summary>A lane's part of up to 512 elements: four in every 128.</summary>
internal struct PlainSums
{
    private Floats4 _a, _b, _c, _d;

    public void Scale(float keep)
    {
        _a *= keep;
        _b *= keep;
        _c *= keep;
        _d *= keep;
    }

    public void Add<TElement>(long values, int first, int size, float weight)
        where TElement : struct, IDeviceElement
    {
        if (first < size) _a += TElement.Read4(values + first * TElement.Bytes) * weight;
        if (first + 128 < size) _b += TElement.Read4(values + (first + 128) * TElement.Bytes) * weight;
        if (first + 256 < size) _c += TElement.Read4(values + (first + 256) * TElement.Bytes) * weight;
        if (first + 384 < size) _d += TElement.Read4(values + (first + 384) * TElement.Bytes) * weight;
    }

    public readonly void Put(ArrayView<float> to, int start, int first, int size)
    {
        if (first < size) Put(to, start + first, _a);
        if (first + 128 < size) Put(to, start + first + 128, _b);
        if (first + 256 < size) Put(to, start + first + 256, _c);
        if (first + 384 < size) Put(to, start + first + 384, _d);
    }

    private static void Put(ArrayView<float> to, int at, Floats4 x)
    {
        to[at] = x.X;
        to[at + 1] = x.Y;
        to[at + 2] = x.Z;
        to[at + 3] = x.W;
    }
}
