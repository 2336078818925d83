using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Sequences whose paged keys and values are wanted in one piece; addresses of the device.</summary>
/// <param name="NumSequences">How many.</param>
/// <param name="MaxTokens">No sequence has more.</param>
/// <param name="Starts">int [sequences + 1]: where each sequence's rows begin in the outputs; the last is where they end.</param>
/// <param name="Sequences">int [sequences]: whose block table each uses.</param>
/// <param name="Tables">int [tables, <paramref name="TableStride"/>]: block tables.</param>
public readonly record struct GatheredRuns(int NumSequences, int MaxTokens, nint Starts, nint Sequences, nint Tables, int TableStride);

/// <summary>Brings paged keys and values into rows of tokens, for attention that knows no pages.</summary>
public static class KvGather
{
    private const int Threads = 128;
    private const int Step = 8;

    private static readonly KernelFamily<KvGatherArguments> Family = new(
        new Kernel<KvGatherArguments>("gather kv float32", Gather<DeviceFloat32>, Threads, 4),
        new Kernel<KvGatherArguments>("gather kv bf16", Gather<DeviceBFloat16>, Threads, 4),
        new Kernel<KvGatherArguments>("gather kv fp16", Gather<DeviceFloat16>, Threads, 4));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Copies every sequence's keys and values.</summary>
    /// <param name="keys">[tokens of all sequences, KV heads, head size], written.</param>
    /// <param name="values">Likewise.</param>
    public static void Gather(KernelDevice device, in DevicePagedKv kv, in GatheredRuns runs, nint keys, nint values) =>
        device.Launch(Family.For(kv.Type), GridOf(runs, kv), Threads, new KvGatherArguments
        {
            Keys = kv.Keys, Values = kv.Values, KeyRows = keys, ValueRows = values, Starts = runs.Starts, Sequences = runs.Sequences,
            Tables = runs.Tables, TableStride = runs.TableStride, KvHeads = kv.NumHeads, HeadSize = kv.HeadSize,
        });

    private static Index3D GridOf(in GatheredRuns runs, in DevicePagedKv kv) =>
        new((runs.MaxTokens + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize, runs.NumSequences, kv.NumHeads);

    // A group a block of a sequence and head.
    internal static void Gather<TElement>(KvGatherArguments a)
        where TElement : struct, IDeviceElement
    {
        int sequence = Grid.IdxY, head = Grid.IdxZ, first = Grid.IdxX * DevicePagedKv.BlockSize;
        int start = Global.ReadInt(a.Starts + sequence * 4L), count = Global.ReadInt(a.Starts + sequence * 4L + 4) - start - first;
        if (count <= 0) return;
        if (count > DevicePagedKv.BlockSize) count = DevicePagedKv.BlockSize;
        long table = (long)Global.ReadInt(a.Sequences + sequence * 4L) * a.TableStride + Grid.IdxX;
        long from = ((long)Global.ReadInt(a.Tables + table * 4) * a.KvHeads + head) * DevicePagedKv.BlockSize * a.HeadSize;
        for (int i = Group.IdxX * Step; i < count * a.HeadSize; i += Group.DimX * Step)
        {
            int token = i / a.HeadSize;
            long to = (((long)(start + first + token) * a.KvHeads + head) * a.HeadSize + i - token * a.HeadSize) * TElement.Bytes;
            TElement.Store8(a.KeyRows + to, TElement.Read8(a.Keys + (from + i) * TElement.Bytes));
            TElement.Store8(a.ValueRows + to, TElement.Read8(a.Values + (from + i) * TElement.Bytes));
        }
    }
}

internal struct KvGatherArguments
{
    public long Keys, Values, KeyRows, ValueRows, Starts, Sequences, Tables;
    public int TableStride, KvHeads, HeadSize;
}
