using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

public static unsafe partial class PagedLatentAttention
{
    /// <summary>Tokens of a split on the tensor cores: smaller than with many KV heads, for a sequence has but one.</summary>
    public const int SplitTokens = 256;

    /// <summary>Elements of a latent at most.</summary>
    public const int MaxLatentSize = PagedAttention.MaxPlainValueSize;

    /// <summary>Heads that a group takes.</summary>
    private const int HeadsPerGroup = 16;

    /// <summary>Bytes of scratch that <c>Attend</c> needs, zeroed once before its first use.</summary>
    public static long ScratchBytes(int maxRows, int heads, int latentSize, int maxLength) =>
        CounterBytes(maxRows, heads) + maxRows * PartialBytesOfRow(heads, latentSize, maxLength);

    /// <summary>Bytes of scratch that each row adds.</summary>
    public static long PartialBytesOfRow(int heads, int latentSize, int maxLength) =>
        (long)heads * NumSplits(maxLength, SplitTokens) * (latentSize + 2) * sizeof(float);

    /// <summary>
    /// Attention of every row on a kernel device. Queries are [rows, heads, latent size + rotary size], the output [rows, heads, latent size]. Rows
    /// of the cache that no token was stored in must be finite: zero the memory once.
    /// </summary>
    /// <param name="kv">Of the device, in blocks of 16; with a latent of 512 and a rotary key of 64, 16-bit types run on the tensor cores.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="scratch">See <see cref="ScratchBytes"/>; one launch at a time may use it.</param>
    /// <param name="scratchRows">The rows that the scratch was made for, where launches of several sizes share it; 0 where it is this launch's own.</param>
    public static void Attend(KernelDevice device, in PagedLatent kv, int heads, in AttentionRows rows, float scale, nint scratch, int scratchRows = 0)
    {
        if (kv.BlockSize != DevicePagedKv.BlockSize) throw new ArgumentException($"blocks of {kv.BlockSize} tokens: GPU attention takes {DevicePagedKv.BlockSize}");
        if (kv.LatentSize % 8 != 0 || kv.RotarySize % 8 != 0 || kv.LatentSize > PagedAttention.MaxPlainValueSize || kv.Width > PagedAttention.MaxPlainSize)
            throw new ArgumentException($"latent size {kv.LatentSize} and rotary size {kv.RotarySize}: GPU attention takes multiples of 8, up to {PagedAttention.MaxPlainValueSize} and {PagedAttention.MaxPlainSize} together");
        var fast = kv.Type != ElementType.Float32 && kv is { LatentSize: FastLatent, RotarySize: FastRope };
        var splits = NumSplits(rows.MaxLength, fast ? SplitTokens : PagedAttention.SplitTokens);
        var counters = CounterBytes(Math.Max(scratchRows, rows.NumRows), heads);
        var arguments = new AttentionArguments
        {
            Queries = rows.Queries, Keys = kv.Rows, Values = kv.Rows, Tables = rows.Tables, Lengths = rows.Lengths,
            Sequences = rows.Sequences, Output = rows.Output,
            Counters = scratch, Partials = scratch + (nint)counters,
            Weights = scratch + (nint)(counters + (long)rows.NumRows * heads * splits * kv.LatentSize * sizeof(float)),
            QueryStride = rows.QueryStride, TableStride = rows.TableStride, Window = rows.Window, NumKvHeads = 1, Group = heads,
            HeadSize = kv.Width, ValueSize = kv.LatentSize,
            NumSplits = splits, Scale = scale * DeviceMath.Log2E,
        };
        if (fast)
        {
            var groups = new Index3D((heads + HeadsPerGroup - 1) / HeadsPerGroup, rows.NumRows, splits);
            device.Launch(kv.Type == ElementType.Float16 ? Float16 : BFloat16, groups, PagedAttention.AttentionThreads, arguments, SharedBytes);
            return;
        }

        device.Launch(PagedAttention.PlainKernel(kv.Type), new Index3D(heads, rows.NumRows, splits), PagedAttention.AttentionThreads, arguments);
    }

    private static int NumSplits(int maxLength, int tokens) => Math.Max(1, (maxLength + tokens - 1) / tokens);

    private static long CounterBytes(int rows, int heads) => ((long)rows * heads * sizeof(int) + 255) / 256 * 256;
}
