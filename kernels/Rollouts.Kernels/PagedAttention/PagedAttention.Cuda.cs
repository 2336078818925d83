using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// The keys and values of one layer as GPU kernels hold them: both are <c>[block][kv head][16 tokens][head size]</c>, so a warp reads a head's part
/// of a block as one run. (The CPU's kernels hold keys the other way round, <see cref="PagedKv"/>.) Rows that no token was stored in must be
/// finite: zero the memory once.
/// </summary>
/// <param name="Keys">Address of block 0's keys.</param>
/// <param name="Values">Address of block 0's values.</param>
/// <param name="Type">What they, the queries and the output are held in.</param>
/// <param name="NumHeads">KV heads.</param>
/// <param name="HeadSize">A multiple of 8 up to 256; 64, 80, 96, 128 and 256 are the fast ones.</param>
public readonly record struct DevicePagedKv(nint Keys, nint Values, ElementType Type, int NumHeads, int HeadSize)
{
    /// <summary>Tokens of a block.</summary>
    public const int BlockSize = 16;

    /// <summary>Bytes of keys (or of values) in one block.</summary>
    public long BlockBytes => (long)NumHeads * BlockSize * HeadSize * Type.Bytes();
}

/// <summary>Query tokens and what each attends to; addresses of the device.</summary>
/// <param name="NumRows">Query tokens.</param>
/// <param name="Queries">[rows, query heads, head size]; a row begins every <paramref name="QueryStride"/> elements.</param>
/// <param name="Output">[rows, query heads, head size].</param>
/// <param name="Lengths">int [rows]: tokens attended to, the query's own included; 0 leaves the row's output as it is.</param>
/// <param name="Tables">int [sequences, <paramref name="TableStride"/>]: block tables.</param>
/// <param name="Sequences">int [rows]: whose table a row uses; 0 where row i uses table i.</param>
/// <param name="Window">Tokens attended to at most, counted back from the query's own; 0 for all.</param>
/// <param name="MaxLength">No row is longer: it sets the launch's size, not the result.</param>
public readonly record struct AttentionRows(int NumRows, nint Queries, int QueryStride, nint Output, nint Lengths, nint Tables,
    int TableStride, nint Sequences, int Window, int MaxLength);

public static unsafe partial class PagedAttention
{
    /// <summary>Tokens of a split. Splits begin at fixed positions of the sequence, so that a row's sums depend on its own tokens alone.</summary>
    public const int SplitTokens = 512;

    internal const int AttentionThreads = 128;

    /// <summary>Query heads that one pass of the tensor cores takes.</summary>
    private const int HeadsPerPass = 8;

    /// <summary>Bytes of scratch that <see cref="Attend(KernelDevice, in DevicePagedKv, int, in AttentionRows, float, nint, int)"/> needs, zeroed once
    /// before its first use.</summary>
    public static long ScratchBytes(int maxRows, int queryHeads, int headSize, int maxLength) =>
        CounterBytes(maxRows, queryHeads) + maxRows * PartialBytesOfRow(queryHeads, headSize, maxLength);

    /// <summary>Bytes of scratch that each row adds.</summary>
    public static long PartialBytesOfRow(int queryHeads, int headSize, int maxLength) =>
        (long)queryHeads * NumSplits(maxLength) * (headSize + 2) * sizeof(float);

    /// <summary>Attention of every row over its sequence's paged keys and values, with split sequences combined in a fixed order.</summary>
    /// <param name="group">Query heads that share a KV head, 1 to 16.</param>
    /// <param name="scale">Of the scores, usually 1 / sqrt(head size).</param>
    /// <param name="scratch">See <see cref="ScratchBytes"/>; one launch at a time may use it.</param>
    /// <param name="scratchRows">The rows that the scratch was made for, where launches of several sizes share it; 0 where it is this launch's own.</param>
    /// <remarks>Split sequences: Flash-Decoding, Dao et al. 2023, <see href="https://crfm.stanford.edu/2023/10/12/flashdecoding.html"/>.</remarks>
    public static void Attend(KernelDevice device, in DevicePagedKv kv, int group, in AttentionRows rows, float scale, nint scratch, int scratchRows = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(group, MaxGroup);
        if (kv.HeadSize % 8 != 0 || kv.HeadSize > MaxHeadSize) throw new ArgumentException($"head size {kv.HeadSize}: GPU attention takes multiples of 8 up to {MaxHeadSize}");
        var queryHeads = kv.NumHeads * group;
        var splits = NumSplits(rows.MaxLength);
        // Splits begin at fixed positions, so a window may touch one more than it fills.
        if (rows.Window > 0) splits = Math.Min(splits, NumSplits(rows.Window) + 1);
        var partials = scratch + (nint)CounterBytes(Math.Max(scratchRows, rows.NumRows), queryHeads);
        var arguments = new AttentionArguments
        {
            Queries = rows.Queries, Keys = kv.Keys, Values = kv.Values, Tables = rows.Tables, Lengths = rows.Lengths,
            Sequences = rows.Sequences, Output = rows.Output,
            Counters = scratch, Partials = partials, Weights = partials + (nint)((long)rows.NumRows * queryHeads * splits * kv.HeadSize * sizeof(float)),
            QueryStride = rows.QueryStride, TableStride = rows.TableStride, Window = rows.Window, NumKvHeads = kv.NumHeads, Group = group,
            HeadSize = kv.HeadSize, ValueSize = kv.HeadSize,
            NumSplits = splits, Scale = scale * DeviceMath.Log2E,
        };
        // Splits come last: those that no row reaches then delay none that does.
        if (TensorCoreKernel(kv.Type, kv.HeadSize) is { } kernel)
        {
            arguments.Passes = (group + HeadsPerPass - 1) / HeadsPerPass;
            device.Launch(kernel, new Index3D(kv.NumHeads * arguments.Passes, rows.NumRows, splits), AttentionThreads, arguments);
            return;
        }

        arguments.Passes = group;
        device.Launch(PlainKernel(kv.Type), new Index3D(queryHeads, rows.NumRows, splits), AttentionThreads, arguments);
    }

    private static int NumSplits(int maxLength) => Math.Max(1, (maxLength + SplitTokens - 1) / SplitTokens);

    private static long CounterBytes(int rows, int queryHeads) => ((long)rows * queryHeads * sizeof(int) + 255) / 256 * 256;

    private static Kernel<AttentionArguments>? TensorCoreKernel(ElementType type, int headSize) => (type, headSize) switch
    {
        (ElementType.BFloat16, 64) => BFloat16Head64,
        (ElementType.BFloat16, 80) => BFloat16Head80,
        (ElementType.BFloat16, 96) => BFloat16Head96,
        (ElementType.BFloat16, 128) => BFloat16Head128,
        (ElementType.BFloat16, 256) => BFloat16Head256,
        (ElementType.Float16, 64) => Float16Head64,
        (ElementType.Float16, 80) => Float16Head80,
        (ElementType.Float16, 96) => Float16Head96,
        (ElementType.Float16, 128) => Float16Head128,
        (ElementType.Float16, 256) => Float16Head256,
        _ => null,
    };

    internal static Kernel<AttentionArguments> PlainKernel(ElementType type) => type switch
    {
        ElementType.Float32 => PlainFloat32,
        ElementType.Float16 => PlainFloat16,
        _ => PlainBFloat16,
    };
}

/// <summary>What the attention kernels are launched with. Weights are the pairs (largest score, sum of exponentials) of each split.</summary>
internal struct AttentionArguments
{
    public long Queries, Keys, Values, Tables, Lengths, Sequences, Output, Counters, Partials, Weights;
    public int QueryStride, TableStride, Window, NumKvHeads, Group, HeadSize, ValueSize, NumSplits, Passes;
    public float Scale;
}
