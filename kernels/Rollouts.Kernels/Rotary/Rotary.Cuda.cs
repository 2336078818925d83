using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>What happens to a row of merged queries, keys and values before attention; addresses of the device.</summary>
/// <param name="NumRows">Tokens.</param>
/// <param name="Qkv">[rows, (query heads + 2 * KV heads) * head size]; queries and keys are changed in place.</param>
/// <param name="QueryHeads">Query heads.</param>
/// <param name="QueryNorm">[head size], the weight of the queries' RMSNorm, of the type of the cache; 0 for none.</param>
/// <param name="KeyNorm">Likewise for the keys.</param>
/// <param name="Epsilon">Of the norms.</param>
/// <param name="Cosines">float [positions, head size / 2].</param>
/// <param name="Sines">float [positions, head size / 2].</param>
/// <param name="Positions">int [rows].</param>
/// <param name="Slots">int [rows]: block * 16 + offset; a negative one is not stored.</param>
public readonly record struct RotaryRows(int NumRows, nint Qkv, int QueryHeads, nint QueryNorm, nint KeyNorm, float Epsilon, nint Cosines,
    nint Sines, nint Positions, nint Slots);

public static unsafe partial class Rotary
{
    private const int Threads = 128;

    private static readonly KernelFamily<RotaryArguments> Family = new(
        new Kernel<RotaryArguments>("rope and store float32", RotateAndStore<DeviceFloat32>, Threads, 8),
        new Kernel<RotaryArguments>("rope and store bf16", RotateAndStore<DeviceBFloat16>, Threads, 8),
        new Kernel<RotaryArguments>("rope and store fp16", RotateAndStore<DeviceFloat16>, Threads, 8));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Normalises queries and keys (where the model does), rotates them, and stores keys and values in their slots.</summary>
    public static void RotateAndStore(KernelDevice device, in DevicePagedKv kv, in RotaryRows rows)
    {
        if (kv.HeadSize % 8 != 0 || kv.HeadSize > PagedAttention.MaxHeadSize) throw new ArgumentException($"head size {kv.HeadSize}: GPU kernels take multiples of 8 up to {PagedAttention.MaxHeadSize}");
        var lanes = 1;
        while (lanes * 8 < kv.HeadSize) lanes *= 2;
        var headsPerGroup = Threads / lanes;
        var heads = rows.QueryHeads + 2 * kv.NumHeads;
        device.Launch(Family.For(kv.Type), new Index3D(rows.NumRows, (heads + headsPerGroup - 1) / headsPerGroup, 1), Threads, new RotaryArguments
        {
            Qkv = rows.Qkv, Keys = kv.Keys, Values = kv.Values, QueryNorm = rows.QueryNorm, KeyNorm = rows.KeyNorm, Cosines = rows.Cosines,
            Sines = rows.Sines,
            Positions = rows.Positions, Slots = rows.Slots, QueryHeads = rows.QueryHeads, KvHeads = kv.NumHeads, HeadSize = kv.HeadSize,
            Lanes = lanes, Epsilon = rows.Epsilon,
        });
    }

    // Lanes a head, each with 4 elements of its first half and the 4 that they are rotated against.
    internal static void RotateAndStore<TElement>(RotaryArguments a)
        where TElement : struct, IDeviceElement
    {
        int lane = Group.IdxX & (a.Lanes - 1), head = (Grid.IdxY * Group.DimX + Group.IdxX) / a.Lanes, row = Grid.IdxX;
        int half = a.HeadSize / 2, i = lane * 4, heads = a.QueryHeads + 2 * a.KvHeads;
        bool inside = head < heads && i < half;
        long from = a.Qkv + (((long)row * heads + head) * a.HeadSize + i) * TElement.Bytes, across = (long)half * TElement.Bytes;
        Floats4 first = default, second = default;
        if (inside)
        {
            first = TElement.Read4(from);
            second = TElement.Read4(from + across);
        }

        bool isValue = head >= a.QueryHeads + a.KvHeads;
        long norm = head < a.QueryHeads ? a.QueryNorm : a.KeyNorm;
        float squares = first.Dot(first) + second.Dot(second);
        for (int mask = a.Lanes >> 1; mask > 0; mask >>= 1) squares += Warp.ShuffleXor(squares, mask);
        if (!inside) return;
        if (!isValue)
        {
            if (norm != 0)
            {
                float scale = DeviceMath.ReciprocalSqrt(squares / a.HeadSize + a.Epsilon);
                first = first * scale * TElement.Read4(norm + i * TElement.Bytes);
                second = second * scale * TElement.Read4(norm + i * TElement.Bytes + across);
            }

            long angle = ((long)Global.ReadInt(a.Positions + row * 4L) * half + i) * 4;
            Floats4 cos = DeviceFloat32.Read4(a.Cosines + angle), sin = DeviceFloat32.Read4(a.Sines + angle),
                turned = first * cos + second * sin * -1;
            second = second * cos + first * sin;
            first = turned;
            TElement.Store4(from, first);
            TElement.Store4(from + across, second);
        }

        int slot = Global.ReadInt(a.Slots + row * 4L);
        if (head < a.QueryHeads || slot < 0) return;
        int kvHead = isValue ? head - a.QueryHeads - a.KvHeads : head - a.QueryHeads;
        long place = ((long)(slot >> 4) * a.KvHeads + kvHead) * DevicePagedKv.BlockSize + (slot & 15);
        long to = (isValue ? a.Values : a.Keys) + (place * a.HeadSize + i) * TElement.Bytes;
        TElement.Store4(to, first);
        TElement.Store4(to + across, second);
    }
}

internal struct RotaryArguments
{
    public long Qkv, Keys, Values, QueryNorm, KeyNorm, Cosines, Sines, Positions, Slots;
    public int QueryHeads, KvHeads, HeadSize, Lanes;
    public float Epsilon;
}
