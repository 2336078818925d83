using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Sums and gathers by our kernels, which read the other ranks' memory. Two buffers of parts take turns: when a rank's next but one sum begins, all have read the
/// part before last, so one meeting a sum is enough.
/// </summary>
internal sealed class PeerCollective : IDeviceCollective
{
    private readonly DeviceRanks _ranks;
    private readonly DeviceCollectiveShape _shape;
    private readonly PeerMember _member;
    private readonly DeviceActivations[] _parts;
    private readonly PeerAddresses[] _partsOfAll;
    private readonly PeerAddresses _logitsOfAll;
    private int _current;

    /// <param name="meets">Whether the devices wait for each other; else the host sees to it.</param>
    public PeerCollective(DeviceRanks ranks, int rank, DeviceCollectiveShape shape, bool meets)
    {
        (_ranks, _shape, CanBeCaptured) = (ranks, shape, meets || shape.Device is not CudaDevice);
        _member = new PeerMember(shape.Device, rank, ranks.Devices, meets, maxShared: 3);
        _parts = [Share(shape.MaxTokens, shape.Width), Share(shape.MaxTokens, shape.Width)];
        LogitsPart = Share(shape.MaxRows, shape.RankColumns);
        shape.Device.Synchronise();
        _member.Connect(ranks.Exchange(rank, _member));
        _partsOfAll = [.. _parts.Select(OfAll)];
        _logitsOfAll = OfAll(LogitsPart);

        PeerAddresses OfAll(DeviceActivations mine) => _member.Table(ranks.Exchange(rank, mine.Address));
    }

    public DeviceActivations Part => _parts[_current];

    public DeviceActivations LogitsPart { get; }

    public bool CanBeCaptured { get; }

    private bool MeetsOnHost => _ranks.Kind == DeviceCollectives.Host;

    public void Sum(DeviceActivations sum, int rows)
    {
        if (MeetsOnHost) MeetOnHost();
        AllReduce.Run(_member, _partsOfAll[_current], sum.Address, sum.Type, (long)rows * sum.Stride);
        _current = 1 - _current;
    }

    public void Gather(DeviceActivations logits, int rows)
    {
        if (MeetsOnHost) MeetOnHost();
        AllGather.Run(_member, _logitsOfAll, logits.Address, logits.Type, rows, _shape.RankColumns, _shape.Columns, LogitsPart.Stride, logits.Stride);
    }

    public void Stop() => _member.Stop();

    public void RequireSound()
    {
        if (_member.HasFailed) throw new RankStoppedException(new TimeoutException("a GPU did not come to the others' sum in time"));
    }

    public void Dispose()
    {
        foreach (var part in _parts) part.Dispose();
        LogitsPart.Dispose();
        _member.Dispose();
    }

    private void MeetOnHost()
    {
        _shape.Device.Synchronise();
        _ranks.Barrier.Await();
    }

    private DeviceActivations Share(int rows, int width)
    {
        var memory = _member.Share(DeviceActivations.BytesOf(rows, width, _shape.Type));
        return new DeviceActivations(_shape.Torch, memory, memory.Address, rows, width, _shape.Type);
    }
}
