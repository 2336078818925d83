using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>What happens to a row of queries and of compressed keys and values before latent attention; addresses of the device.</summary>
/// <param name="NumRows">Tokens.</param>
/// <param name="Compressed">[rows, latent size + rotary size], changed in place.</param>
/// <param name="Norm">[latent size], the weight of the latent's RMSNorm, of the type of the cache.</param>
/// <param name="Epsilon">Of the norm.</param>
/// <param name="Queries">Of the first head the part that is rotated, [rotary size]; changed in place.</param>
/// <param name="QueryStride">Elements from a row's queries to the next row's.</param>
/// <param name="HeadStride">Elements from a head to the next.</param>
/// <param name="NumHeads">Query heads.</param>
/// <param name="PairsInterleaved">Whether rotated pairs lie side by side, (2i, 2i + 1); else (i, i + rotary size / 2).</param>
/// <param name="Cosines">float [positions, rotary size / 2].</param>
/// <param name="Sines">float [positions, rotary size / 2].</param>
/// <param name="Positions">int [rows].</param>
/// <param name="Slots">int [rows]: block * 16 + offset; a negative one is not stored.</param>
public readonly record struct LatentRows(int NumRows, nint Compressed, nint Norm, float Epsilon, nint Queries, int QueryStride,
    int HeadStride, int NumHeads, bool PairsInterleaved, nint Cosines, nint Sines, nint Positions, nint Slots);

public static unsafe partial class PagedLatentAttention
{
    private const int StoreThreads = 128;

    private static readonly KernelFamily<LatentStoreArguments> StoreFamily = new(
        new Kernel<LatentStoreArguments>("latent store float32", Store<DeviceFloat32>, StoreThreads, 8),
        new Kernel<LatentStoreArguments>("latent store bf16", Store<DeviceBFloat16>, StoreThreads, 8),
        new Kernel<LatentStoreArguments>("latent store fp16", Store<DeviceFloat16>, StoreThreads, 8));

    /// <summary>Normalises each latent, rotates its key and the queries of all heads, and stores the compressed row in its slot.</summary>
    public static void RotateAndStore(KernelDevice device, in PagedLatent kv, in LatentRows rows)
    {
        if (kv.LatentSize % 8 != 0 || kv.RotarySize % 8 != 0) throw new ArgumentException($"latent size {kv.LatentSize} and rotary size {kv.RotarySize}: GPU kernels take multiples of 8");
        device.Launch(StoreFamily.For(kv.Type), new Index3D(rows.NumRows, 1, 1), StoreThreads, new LatentStoreArguments
        {
            Compressed = rows.Compressed, Norm = rows.Norm, Queries = rows.Queries, Cache = kv.Rows, Cosines = rows.Cosines,
            Sines = rows.Sines, Positions = rows.Positions, Slots = rows.Slots,
            LatentSize = kv.LatentSize, RotarySize = kv.RotarySize, QueryStride = rows.QueryStride, HeadStride = rows.HeadStride,
            NumHeads = rows.NumHeads,
            Interleaved = rows.PairsInterleaved ? 1 : 0, Epsilon = rows.Epsilon,
        });
    }

    // A group a token. A thread rotates four pairs at a time: of the key first, then of the heads in turn.
    internal static void Store<TElement>(LatentStoreArguments a)
        where TElement : struct, IDeviceElement
    {
        int row = Grid.IdxX, slot = Global.ReadInt(a.Slots + row * 4L), width = a.LatentSize + a.RotarySize;
        long from = a.Compressed + (long)row * width * TElement.Bytes, to = slot < 0 ? 0 : a.Cache + (long)slot * width * TElement.Bytes;
        float squares = 0;
        for (int i = Group.IdxX * 8; i < a.LatentSize; i += Group.DimX * 8) squares += TElement.Load8(from + i * TElement.Bytes).SumOfSquares();
        float scale = DeviceMath.ReciprocalSqrt(DeviceMath.GroupSum(squares) / a.LatentSize + a.Epsilon);
        for (int i = Group.IdxX * 8; i < a.LatentSize; i += Group.DimX * 8)
        {
            var x = TElement.Load8(from + i * TElement.Bytes) * scale * TElement.Read8(a.Norm + i * TElement.Bytes);
            TElement.Store8(from + i * TElement.Bytes, x);
            if (to != 0) TElement.Store8(to + i * TElement.Bytes, x);
        }

        int perHead = a.RotarySize / 8;
        long angles = (long)Global.ReadInt(a.Positions + row * 4L) * (a.RotarySize / 2) * 4;
        for (int u = Group.IdxX; u < (a.NumHeads + 1) * perHead; u += Group.DimX)
        {
            int head = u / perHead - 1, unit = u % perHead;
            long at = head < 0 ? from + a.LatentSize * TElement.Bytes : a.Queries + ((long)row * a.QueryStride + (long)head * a.HeadStride) * TElement.Bytes;
            long store = head < 0 && to != 0 ? to + a.LatentSize * TElement.Bytes : 0;
            Floats4 cos = DeviceFloat32.Read4(a.Cosines + angles + unit * 16), sin = DeviceFloat32.Read4(a.Sines + angles + unit * 16);
            if (a.Interleaved != 0) RotatePairs<TElement>(at + unit * 8 * TElement.Bytes,
                store == 0 ? 0 : store + unit * 8 * TElement.Bytes, cos, sin);
            else RotateHalves<TElement>(at + unit * 4 * TElement.Bytes, store == 0 ? 0 : store + unit * 4 * TElement.Bytes,
                a.RotarySize / 2 * TElement.Bytes, cos, sin);
        }
    }

    private static void RotatePairs<TElement>(long at, long store, Floats4 cos, Floats4 sin)
        where TElement : struct, IDeviceElement
    {
        var x = TElement.Load8(at);
        var turned = new Floats8(
            new Floats4(x.Low.X * cos.X - x.Low.Y * sin.X, x.Low.Y * cos.X + x.Low.X * sin.X, x.Low.Z * cos.Y - x.Low.W * sin.Y,
                x.Low.W * cos.Y + x.Low.Z * sin.Y),
            new Floats4(x.High.X * cos.Z - x.High.Y * sin.Z, x.High.Y * cos.Z + x.High.X * sin.Z, x.High.Z * cos.W - x.High.W * sin.W,
                x.High.W * cos.W + x.High.Z * sin.W));
        TElement.Store8(at, turned);
        if (store != 0) TElement.Store8(store, turned);
    }

    private static void RotateHalves<TElement>(long at, long store, int across, Floats4 cos, Floats4 sin)
        where TElement : struct, IDeviceElement
    {
        Floats4 first = TElement.Read4(at), second = TElement.Read4(at + across), turned = first * cos + second * sin * -1;
        second = second * cos + first * sin;
        TElement.Store4(at, turned);
        TElement.Store4(at + across, second);
        if (store == 0) return;
        TElement.Store4(store, turned);
        TElement.Store4(store + across, second);
    }
}

internal struct LatentStoreArguments
{
    public long Compressed, Norm, Queries, Cache, Cosines, Sines, Positions, Slots;
    public int LatentSize, RotarySize, QueryStride, HeadStride, NumHeads, Interleaved;
    public float Epsilon;
}
