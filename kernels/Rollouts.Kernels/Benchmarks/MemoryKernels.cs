using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>What the memory gives at best: a kernel that only reads, and one that copies, with 128 bytes of a thread on their way.</summary>
internal static class MemoryKernels
{
    private const int Threads = 256;
    private const int GroupsPerMultiprocessor = 8;
    private const long StepBytes = 128 * 16;

    private static readonly Kernel<MemoryArguments> ReadKernel = new("memory read", Read, Threads, 4);
    private static readonly Kernel<MemoryArguments> CopyKernel = new("memory copy", Copy, Threads, 4);

    public static IEnumerable<Kernel> Kernels => [ReadKernel, CopyKernel];

    /// <param name="bytes">A multiple of 4 KiB.</param>
    public static void Read(CudaDevice device, nint from, long bytes, nint sink) => Launch(device, ReadKernel, from, sink, bytes);

    /// <param name="bytes">A multiple of 4 KiB.</param>
    public static void Copy(CudaDevice device, nint from, nint to, long bytes) => Launch(device, CopyKernel, from, to, bytes);

    internal static void Read(MemoryArguments a)
    {
        uint all = 0;
        for (long at = First; at < a.Bytes; at += Stride)
        {
            var tile = Load(a.From + at);
            all ^= Any(tile.A) ^ Any(tile.B) ^ Any(tile.C) ^ Any(tile.D) ^ Any(tile.E) ^ Any(tile.F) ^ Any(tile.G) ^ Any(tile.H);
        }

        // Never so in practice, which the compiler does not know: the loads must stay.
        if (all == 0x12345678) Global.StoreInt(a.To, 1);
    }

    internal static void Copy(MemoryArguments a)
    {
        for (long at = First; at < a.Bytes; at += Stride)
        {
            var tile = Load(a.From + at);
            long to = a.To + at;
            Global.Store16(to, tile.A);
            Global.Store16(to + 512, tile.B);
            Global.Store16(to + 1024, tile.C);
            Global.Store16(to + 1536, tile.D);
            Global.Store16(to + 2048, tile.E);
            Global.Store16(to + 2560, tile.F);
            Global.Store16(to + 3072, tile.G);
            Global.Store16(to + 3584, tile.H);
        }
    }

    private static long First => (((long)Grid.IdxX * Group.DimX + Group.IdxX) >> 5) * (2 * StepBytes) + (Group.IdxX & 31) * 16;

    private static long Stride => (((long)Grid.DimX * Group.DimX) >> 5) * (2 * StepBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Load(long from) => new()
    {
        A = Global.Stream16(from),
        B = Global.Stream16(from + 512),
        C = Global.Stream16(from + 1024),
        D = Global.Stream16(from + 1536),
        E = Global.Stream16(from + 2048),
        F = Global.Stream16(from + 2560),
        G = Global.Stream16(from + 3072),
        H = Global.Stream16(from + 3584),
    };

    private static uint Any(Words4 words) => words.X ^ words.Y ^ words.Z ^ words.W;

    private static void Launch(CudaDevice device, Kernel<MemoryArguments> kernel, nint from, nint to, long bytes) =>
        device.Launch(kernel, new Index3D(device.NumMultiprocessors * GroupsPerMultiprocessor, 1, 1), Threads,
            new MemoryArguments { From = from, To = to, Bytes = bytes });
}

internal struct MemoryArguments
{
    public long From, To, Bytes;
}
