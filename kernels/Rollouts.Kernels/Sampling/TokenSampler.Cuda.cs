using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A step's logits on a kernel device, and where its tokens go; addresses of the device.</summary>
/// <param name="NumRows">Sequences.</param>
/// <param name="Logits">[rows, vocabulary] of <paramref name="Type"/>; a row begins every <paramref name="Stride"/> elements, a multiple of 8. Not
/// changed.</param>
/// <param name="Vocabulary">Entries.</param>
/// <param name="Settings"><see cref="DeviceSamplingRow"/> [rows].</param>
/// <param name="Positions">int [rows]: which completion token each row draws, from 0.</param>
/// <param name="Tokens">int [rows], written.</param>
/// <param name="LogProbs">float [rows], written: natural log.</param>
/// <param name="Scratch">See <see cref="TokenSampler.ScratchBytes"/>.</param>
public readonly record struct SampledRows(int NumRows, nint Logits, ElementType Type, int Vocabulary, int Stride, nint Settings,
    nint Positions, nint Tokens, nint LogProbs, nint Scratch);

public static partial class TokenSampler
{
    /// <summary>Entries that one group scans: constant, so that a row's sums do not depend on the batch.</summary>
    private const int ScanChunk = 16384;

    private const int ScanThreads = 256;
    private const int FinishThreads = 32;
    private const int FilterThreads = 512;
    private const int Step = 8;

    private static readonly KernelFamily<SamplerArguments> ScanFamily = new(
        new Kernel<SamplerArguments>("sample float32", Scan<DeviceFloat32>, ScanThreads, 4),
        new Kernel<SamplerArguments>("sample bf16", Scan<DeviceBFloat16>, ScanThreads, 4),
        new Kernel<SamplerArguments>("sample fp16", Scan<DeviceFloat16>, ScanThreads, 4));

    private static readonly KernelFamily<SamplerArguments> FilterFamily = new(
        new Kernel<SamplerArguments>("sample filtered float32", SampleFiltered<DeviceFloat32>, FilterThreads, 2),
        new Kernel<SamplerArguments>("sample filtered bf16", SampleFiltered<DeviceBFloat16>, FilterThreads, 2),
        new Kernel<SamplerArguments>("sample filtered fp16", SampleFiltered<DeviceFloat16>, FilterThreads, 2));

    private static readonly Kernel<SamplerArguments> FinishKernel = new("sample finish", Finish, FinishThreads, 1);

    internal static IEnumerable<Kernel> Kernels => [.. ScanFamily.All, FinishKernel, .. FilterFamily.All, .. TopFamily.All];

    /// <summary>Bytes of scratch that a step of <paramref name="rows"/> needs.</summary>
    public static long ScratchBytes(int rows, int vocabulary) => (long)rows * NumChunks(vocabulary) * RaceBytes;

    /// <summary>Draws every row's token. Nothing is decided by the host, so that the launches can stand in a CUDA graph whatever the rows ask
    /// for.</summary>
    /// <param name="mayFilter">Whether any row may have top_k, top_p or min_p: without, a launch is saved.</param>
    /// <remarks>
    /// The kept of top_k, top_p and min_p are found without a sort: a histogram of the distances to the largest logit tells where the border lies,
    /// and only the entries there are looked at closely.
    /// </remarks>
    public static void Draw(KernelDevice device, in SampledRows rows, bool mayFilter)
    {
        if (rows.Stride % Step != 0) throw new ArgumentException($"logits rows of {rows.Stride}: the GPU sampler takes a stride that is a multiple of {Step}");
        var chunks = NumChunks(rows.Vocabulary);
        var arguments = new SamplerArguments
        {
            Logits = rows.Logits, Settings = rows.Settings, Positions = rows.Positions, Tokens = rows.Tokens, LogProbs = rows.LogProbs,
            Scratch = rows.Scratch,
            Vocabulary = rows.Vocabulary, Stride = rows.Stride, Chunks = chunks,
        };
        device.Launch(ScanFamily.For(rows.Type), new Index3D(chunks, rows.NumRows, 1), Math.Min(ScanThreads,
            RoundedThreads(rows.Vocabulary)), arguments);
        device.Launch(FinishKernel, new Index3D(rows.NumRows, 1, 1), FinishThreads, arguments);
        if (mayFilter) device.Launch(FilterFamily.For(rows.Type), new Index3D(rows.NumRows, 1, 1), Math.Min(Math.Min(FilterThreads,
            device.MaxThreads), RoundedThreads(rows.Vocabulary)), arguments);
    }

    private const int RaceBytes = 32;

    private static int NumChunks(int vocabulary) => (vocabulary + ScanChunk - 1) / ScanChunk;

    private static int RoundedThreads(int vocabulary) => (vocabulary / Step + 32) / 32 * 32;
}

internal struct SamplerArguments
{
    public long Logits, Settings, Positions, Tokens, LogProbs, Scratch;
    public int Vocabulary, Stride, Chunks;
}
