using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// One rank's end of an NCCL communicator, on its device's stream. All ranks make the same calls in the same order; they can stand in graphs, which are disposed
/// before it.
/// </summary>
public sealed class NcclCommunicator : IDisposable
{
    private readonly CudaDevice _device;
    private nint _communicator;

    /// <summary>Joins; returns when all ranks have.</summary>
    /// <param name="device">Borrowed; no two ranks may have the same GPU.</param>
    /// <exception cref="NcclFailure">NCCL refuses.</exception>
    public NcclCommunicator(CudaDevice device, NcclId id, int rank, int numRanks)
    {
        (_device, NumRanks) = (device, numRanks);
        device.Bind();
        Nccl.Check(Nccl.InitRank(out _communicator, numRanks, id, rank), $"ncclCommInitRank of rank {rank} of {numRanks}");
    }

    /// <summary>All ranks.</summary>
    public int NumRanks { get; }

    /// <summary>The library's version, as 2.28.9; null where there is none.</summary>
    public static string? Version
    {
        get
        {
            try
            {
                return Nccl.GetVersion(out var version) == 0 ? $"{version / 10000}.{version / 100 % 100}.{version % 100}" : null;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>A name for a new communicator, which one rank makes and all use.</summary>
    /// <exception cref="NcclFailure">There is no NCCL.</exception>
    public static NcclId NewId()
    {
        if (Version is null) throw new NcclFailure("libnccl.so.2 was not found; PyTorch for CUDA brings it: put the folder nvidia/nccl/lib beside its torch on LD_LIBRARY_PATH");
        Nccl.Check(Nccl.GetUniqueId(out var id), "ncclGetUniqueId");
        return id;
    }

    /// <summary>Replaces every rank's elements by their sum.</summary>
    public void AllReduce(nint elements, long count, ElementType type) =>
        Nccl.Check(Nccl.AllReduce(elements, elements, (nuint)count, Nccl.TypeOf(type), Nccl.Sum, _communicator, _device.Stream), "ncclAllReduce");

    /// <summary>Puts every rank's elements to a place of its own.</summary>
    /// <param name="part">[count], this rank's.</param>
    /// <param name="places">[ranks] where each rank's go.</param>
    public void AllGather(nint part, ReadOnlySpan<nint> places, long count, ElementType type)
    {
        Nccl.Check(Nccl.GroupStart(), "ncclGroupStart");
        for (var rank = 0; rank < places.Length; rank++)
            Nccl.Check(Nccl.Broadcast(part, places[rank], (nuint)count, Nccl.TypeOf(type), rank, _communicator, _device.Stream), "ncclBroadcast");
        Nccl.Check(Nccl.GroupEnd(), "ncclGroupEnd");
    }

    /// <exception cref="NcclFailure">What was launched has failed since.</exception>
    public void RequireSound()
    {
        Nccl.Check(Nccl.GetAsyncError(_communicator, out var error), "ncclCommGetAsyncError");
        Nccl.Check(error, "a launched collective");
    }

    /// <summary>Ends what waits on the device, for another rank has failed. From any thread; nothing else may be called afterwards.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _communicator, 0) is var owned and not 0) _ = Nccl.Abort(owned);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _communicator, 0) is var owned and not 0) _ = Nccl.Destroy(owned);
    }
}
