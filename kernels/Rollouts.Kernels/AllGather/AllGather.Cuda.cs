using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Columns of several ranks, side by side, on kernel devices that see each other's memory.</summary>
public static class AllGather
{
    private const int Threads = 512;
    private const int Step = 8;

    private static readonly KernelFamily<AllGatherArguments> Family = new(
        new Kernel<AllGatherArguments>("all-gather float32", Gather<DeviceFloat32>, Threads, 2),
        new Kernel<AllGatherArguments>("all-gather bf16", Gather<DeviceBFloat16>, Threads, 2),
        new Kernel<AllGatherArguments>("all-gather fp16", Gather<DeviceFloat16>, Threads, 2));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Gives the gathering of all ranks' columns to the stream of this rank's device.</summary>
    /// <param name="parts">[rows, columns of a rank] of each rank, rows of <paramref name="partStride"/> elements.</param>
    /// <param name="whole">[rows, columns], rows of <paramref name="stride"/> elements.</param>
    /// <param name="rankColumns">Columns of each rank, a multiple of 8; the last may have fewer.</param>
    /// <param name="columns">Columns of all.</param>
    /// <param name="partStride">A multiple of 8, as <paramref name="stride"/>.</param>
    public static void Run(PeerMember member, PeerAddresses parts, nint whole, ElementType type, int rows, int rankColumns, int columns, int partStride, int stride)
    {
        if (rankColumns % Step != 0 || partStride % Step != 0 || stride % Step != 0) throw new ArgumentException($"{rankColumns} columns a rank in rows of {partStride} and {stride}: multiples of {Step} are gathered");
        var (device, threads) = (member.Device, Math.Min(Threads, member.Device.MaxThreads));
        var groups = (int)Math.Clamp(((long)rows * columns / Step + threads - 1) / threads, 1, PeerMeeting.MaxGroups);
        device.Launch(Family.For(type), new Index3D(groups, 1, 1), threads, new AllGatherArguments
        {
            Meeting = member.Meeting, Parts = parts.Table, Whole = whole, Rows = rows, RankColumns = rankColumns, Columns = columns, PartStride = partStride, Stride = stride,
        });
    }

    internal static void Gather<TElement>(AllGatherArguments a)
        where TElement : struct, IDeviceElement
    {
        PeerMeeting.Await(a.Meeting);
        int steps = (a.Columns + Step - 1) / Step;
        long total = (long)a.Rows * steps;
        for (long i = (long)Grid.IdxX * Group.DimX + Group.IdxX; i < total; i += (long)Grid.DimX * Group.DimX)
        {
            int row = (int)(i / steps), column = (int)(i - (long)row * steps) * Step, rank = column / a.RankColumns;
            long from = Global.ReadLong(a.Parts + rank * 8L) + ((long)row * a.PartStride + column - rank * a.RankColumns) * TElement.Bytes;
            TElement.Store8(a.Whole + ((long)row * a.Stride + column) * TElement.Bytes, TElement.Load8(from));
        }
    }
}

internal struct AllGatherArguments
{
    public PeerMeetingArguments Meeting;
    public long Parts, Whole;
    public int Rows, RankColumns, Columns, PartStride, Stride;
}
