using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The ranks of one model on kernel devices: threads of this process, one a device.</summary>
internal sealed class DeviceRanks
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private readonly object?[] _exchanged;
    private readonly IDeviceCollective?[] _collectives;
    private readonly ParallelPlan _plan;

    /// <param name="devices">One a rank.</param>
    /// <param name="asked">How they are to sum.</param>
    public DeviceRanks(IReadOnlyList<KernelDevice> devices, ParallelPlan plan, DeviceCollectives asked)
    {
        (Devices, _plan, Kind) = (devices, plan, Resolve(devices, asked));
        (_exchanged, _collectives) = (new object?[devices.Count], new IDeviceCollective?[devices.Count]);
        Barrier = new RankBarrier(devices.Count, Deadline);
    }

    /// <summary>One a rank.</summary>
    public IReadOnlyList<KernelDevice> Devices { get; }

    /// <summary>How they sum; never Auto.</summary>
    public DeviceCollectives Kind { get; }

    /// <summary>Where their threads wait for each other.</summary>
    public RankBarrier Barrier { get; }

    /// <summary>A rank's part of every matrix.</summary>
    public ParallelContext ContextOf(int rank) => new(rank, _plan.TensorParallel, null, _plan.ExpertParallel, DeviceFit.Vector);

    /// <summary>What a rank's model calls; made by all ranks at once.</summary>
    public IDeviceCollective Join(int rank, DeviceCollectiveShape shape) =>
        _collectives[rank] = Kind == DeviceCollectives.Nccl ? new NcclCollective(this, rank, shape) : new PeerCollective(this, rank, shape, meets: Kind == DeviceCollectives.PeerMemory);

    /// <summary>Every rank's, in their order; all ranks call it.</summary>
    public T[] Exchange<T>(int rank, T mine)
        where T : notnull
    {
        _exchanged[rank] = mine;
        Barrier.Await();
        T[] all = [.. _exchanged.Select(e => (T)e!)];
        Barrier.Await();
        return all;
    }

    /// <summary>A rank has failed: none waits for it any longer.</summary>
    public void Stop()
    {
        foreach (var collective in _collectives) collective?.Stop();
    }

    private static DeviceCollectives Resolve(IReadOnlyList<KernelDevice> devices, DeviceCollectives asked)
    {
        var gpus = devices.OfType<CudaDevice>().ToArray();
        var share = gpus.Select(g => g.Ordinal).Distinct().Count() < gpus.Length;
        if (gpus.Length < devices.Count || (share && asked == DeviceCollectives.Auto)) return DeviceCollectives.Host;
        if (asked != DeviceCollectives.Auto) return asked;
        return gpus.All(a => gpus.All(b => CudaDevice.CanReach(a.Ordinal, b.Ordinal))) ? DeviceCollectives.PeerMemory : DeviceCollectives.Nccl;
    }
}

/// <summary>Sizes of what is summed and gathered.</summary>
/// <param name="MaxTokens">T at most.</param>
/// <param name="MaxRows">R at most.</param>
/// <param name="Width">D.</param>
/// <param name="Columns">Columns of the logits.</param>
/// <param name="RankColumns">Those of a rank; the last may have fewer.</param>
internal sealed record DeviceCollectiveShape(KernelDevice Device, DeviceTorch Torch, ElementType Type, int MaxTokens, int MaxRows, int Width, int Columns, int RankColumns);
