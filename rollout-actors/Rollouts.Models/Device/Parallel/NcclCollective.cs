using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Sums and gathers by NCCL.</summary>
internal sealed class NcclCollective : IDeviceCollective
{
    private readonly DeviceCollectiveShape _shape;
    private readonly NcclCommunicator _communicator;
    private readonly PeerMember _member;
    private readonly DeviceActivations[] _gathered;
    private readonly nint[] _places;
    private readonly PeerAddresses _gatheredTable;
    private volatile bool _stopped;

    public NcclCollective(DeviceRanks ranks, int rank, DeviceCollectiveShape shape)
    {
        _shape = shape;
        var gpu = shape.Device as CudaDevice ?? throw new ModelFormatException("NCCL sums on GPUs alone");
        var id = ranks.Exchange(rank, rank == 0 ? NcclCommunicator.NewId() : default)[0];
        _communicator = new NcclCommunicator(gpu, id, rank, ranks.Devices.Count);
        LogitsPart = Columns();
        _gathered = [.. ranks.Devices.Select(_ => Columns())];
        _places = [.. _gathered.Select(g => g.Address)];
        _member = new PeerMember(gpu, rank, [.. ranks.Devices.Select(_ => gpu)], meets: false, maxShared: 1);
        _gatheredTable = _member.Table(_places);

        DeviceActivations Columns() => new(gpu, shape.Torch, shape.MaxRows, shape.RankColumns, shape.Type);
    }

    public DeviceActivations? Part => null;

    public DeviceActivations LogitsPart { get; }

    public bool CanBeCaptured => true;

    public void Sum(DeviceActivations sum, int rows) => _communicator.AllReduce(sum.Address, (long)rows * sum.Stride, sum.Type);

    public void Gather(DeviceActivations logits, int rows)
    {
        _communicator.AllGather(LogitsPart.Address, _places, (long)rows * LogitsPart.Stride, logits.Type);
        AllGather.Run(_member, _gatheredTable, logits.Address, logits.Type, rows, _shape.RankColumns, _shape.Columns, LogitsPart.Stride, logits.Stride);
    }

    public void Stop()
    {
        _stopped = true;
        _communicator.Abort();
    }

    public void RequireSound()
    {
        if (_stopped) throw new RankStoppedException(new InvalidOperationException("NCCL's communicator was aborted"));
        _communicator.RequireSound();
    }

    public void Dispose()
    {
        _communicator.Dispose();
        foreach (var gathered in _gathered) gathered.Dispose();
        LogitsPart.Dispose();
        _member.Dispose();
    }
}
