using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

public static unsafe partial class Embedding
{
    private const int MaxThreads = 512;
    private const int Step = 8;

    private static readonly KernelFamily<EmbeddingArguments> FloatOutput = new(
        new Kernel<EmbeddingArguments>("embedding float32", Gather<DeviceFloat32, DeviceFloat32>, MaxThreads, 2),
        new Kernel<EmbeddingArguments>("embedding bf16 to float32", Gather<DeviceFloat32, DeviceBFloat16>, MaxThreads, 2),
        new Kernel<EmbeddingArguments>("embedding fp16 to float32", Gather<DeviceFloat32, DeviceFloat16>, MaxThreads, 2));

    private static readonly KernelFamily<EmbeddingArguments> SameOutput = new(
        FloatOutput.For(ElementType.Float32),
        new Kernel<EmbeddingArguments>("embedding bf16", Gather<DeviceBFloat16, DeviceBFloat16>, MaxThreads, 2),
        new Kernel<EmbeddingArguments>("embedding fp16", Gather<DeviceFloat16, DeviceFloat16>, MaxThreads, 2));

    internal static IEnumerable<Kernel> Kernels => FloatOutput.All.Concat(SameOutput.All).Distinct();

    /// <summary>Rows of tokens on a kernel device.</summary>
    /// <param name="table">[vocabulary, width] of <paramref name="type"/>.</param>
    /// <param name="tokens">int [rows]</param>
    /// <param name="output">[rows, width] of <paramref name="outputType"/>: Float32, or as <paramref name="type"/>.</param>
    /// <param name="width">A multiple of 8.</param>
    /// <param name="part">The tokens whose rows the table has; rows of others become zeros. All of them unless said.</param>
    public static void Gather(KernelDevice device, nint table, ElementType type, nint tokens, nint output, ElementType outputType, int rows,
        int width, (int First, int Count)? part = null)
    {
        if (width % Step != 0) throw new ArgumentException($"width {width}: row kernels take multiples of {Step}");
        var family = outputType == ElementType.Float32 ? FloatOutput : SameOutput;
        var arguments = new EmbeddingArguments { Table = table, Tokens = tokens, Output = output, Width = width, First = part?.First ?? 0, Count = part?.Count ?? int.MaxValue };
        device.Launch(family.For(type), new Index3D(rows, 1, 1), Math.Min(MaxThreads, (width / Step + 31) / 32 * 32), arguments);
    }

    internal static void Gather<TOutput, TElement>(EmbeddingArguments a)
        where TOutput : struct, IDeviceElement
        where TElement : struct, IDeviceElement
    {
        int row = Global.ReadInt(a.Tokens + Grid.IdxX * 4L) - a.First;
        bool isHere = row >= 0 && row < a.Count;
        long from = a.Table + (long)row * a.Width * TElement.Bytes, to = a.Output + (long)Grid.IdxX * a.Width * TOutput.Bytes;
        for (int i = Group.IdxX * Step; i < a.Width; i += Group.DimX * Step)
            TOutput.Store8(to + i * TOutput.Bytes, isHere ? TElement.Read8(from + i * TElement.Bytes) : default);
    }
}

internal struct EmbeddingArguments
{
    public long Table, Tokens, Output;
    public int Width, First, Count;
}
