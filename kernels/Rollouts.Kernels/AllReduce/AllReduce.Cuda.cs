using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>The sum on kernel devices that see each other's memory: each reads all ranks' parts and sums them itself, in one launch.</summary>
/// <remarks>
/// One pass: what two ranks must move is moved once; more ranks read more than a sum in two passes would, which costs where steps are large. A part must not be
/// written again before the rank's next but one exchange: by then all have read it.
/// </remarks>
public static unsafe partial class AllReduce
{
    private const int Threads = 512;
    private const int Step = 8;

    private static readonly KernelFamily<AllReduceArguments> Family = new(
        new Kernel<AllReduceArguments>("all-reduce float32", Sum<DeviceFloat32>, Threads, 2),
        new Kernel<AllReduceArguments>("all-reduce bf16", Sum<DeviceBFloat16>, Threads, 2),
        new Kernel<AllReduceArguments>("all-reduce fp16", Sum<DeviceFloat16>, Threads, 2));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Gives the sum of all ranks' parts to the stream of this rank's device. In rank order, in float: every rank gets the same bits.</summary>
    /// <param name="parts">[length] of each rank.</param>
    /// <param name="sum">[length], none of the parts.</param>
    /// <param name="length">Elements, a multiple of 8.</param>
    public static void Run(PeerMember member, PeerAddresses parts, nint sum, ElementType type, long length)
    {
        if (length % Step != 0) throw new ArgumentException($"{length} elements: sums over ranks take multiples of {Step}");
        var (device, threads) = (member.Device, Math.Min(Math.Min(Threads, member.Device.MaxThreads), (int)Math.Min(Threads, (length / Step + 31) / 32 * 32)));
        var groups = (int)Math.Clamp((length / Step + threads - 1) / threads, 1, PeerMeeting.MaxGroups);
        device.Launch(Family.For(type), new Index3D(groups, 1, 1), threads, new AllReduceArguments { Meeting = member.Meeting, Parts = parts.Table, Sum = sum, Length = length });
    }

    internal static void Sum<TElement>(AllReduceArguments a)
        where TElement : struct, IDeviceElement
    {
        long first = Global.ReadLong(a.Parts), second = Global.ReadLong(a.Parts + (a.Meeting.NumRanks > 1 ? 8 : 0));
        PeerMeeting.Await(a.Meeting);
        long stride = (long)Grid.DimX * Group.DimX * Step, i = ((long)Grid.IdxX * Group.DimX + Group.IdxX) * Step;
        if (a.Meeting.NumRanks == 2)
        {
            // Two places at a time: another device's memory is far.
            for (; i + stride < a.Length; i += 2 * stride)
            {
                long at = i * TElement.Bytes, next = (i + stride) * TElement.Bytes;
                Floats8 x = TElement.Load8(first + at), y = TElement.Load8(second + at), z = TElement.Load8(first + next), w = TElement.Load8(second + next);
                TElement.Store8(a.Sum + at, x + y);
                TElement.Store8(a.Sum + next, z + w);
            }
        }

        for (; i < a.Length; i += stride) SumOne<TElement>(a, first, i * TElement.Bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumOne<TElement>(AllReduceArguments a, long first, long at)
        where TElement : struct, IDeviceElement
    {
        var sum = TElement.Load8(first + at);
        for (int rank = 1; rank < a.Meeting.NumRanks; rank++) sum += TElement.Load8(Global.ReadLong(a.Parts + rank * 8L) + at);
        TElement.Store8(a.Sum + at, sum);
    }
}

internal struct AllReduceArguments
{
    public PeerMeetingArguments Meeting;
    public long Parts, Sum, Length;
}
