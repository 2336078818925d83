namespace Rollouts.Kernels.Tests;

/// <summary>Ranks on devices of their own, connected: simulated ones, or streams of one GPU, whose launches must run at the same time.</summary>
internal sealed class PeerRanks : IDisposable
{
    private readonly KernelDevice[] _devices;
    private readonly PeerMember[] _members;

    private PeerRanks(KernelDevice[] devices, bool meets, int maxLooks)
    {
        _devices = devices;
        _members = [.. devices.Select((device, rank) => new PeerMember(device, rank, devices, meets, maxShared: 4, maxLooks))];
        foreach (var member in _members) member.Connect(_members);
    }

    public IReadOnlyList<PeerMember> Members => _members;

    public static PeerRanks Simulated(int ranks, bool meets, int maxLooks = int.MaxValue) => new([.. Enumerable.Range(0, ranks).Select(_ => KernelDevice.Simulated())], meets, maxLooks);

    public static PeerRanks OnOneGpu(int ranks, int maxLooks = 1 << 24) => new([.. Enumerable.Range(0, ranks).Select(_ => new CudaDevice())], meets: true, maxLooks);

    /// <summary>Memory of every rank that all see, with these contents.</summary>
    public (SleepableMemory[] Memory, PeerAddresses[] Tables) Share(ElementType type, float[][] values)
    {
        var memory = _members.Select((m, rank) => m.Share((long)values[rank].Length * type.Bytes())).ToArray();
        for (var rank = 0; rank < memory.Length; rank++)
        {
            using var from = DeviceOperand.Of(_devices[rank], type, values[rank]);
            _devices[rank].Copy(from.Address, memory[rank].Address, (long)values[rank].Length * type.Bytes());
            _devices[rank].Synchronise();
        }

        return (memory, [.. _members.Select(m => m.Table([.. memory.Select(piece => piece.Address)]))]);
    }

    /// <summary>What every rank does, each on a thread of its own.</summary>
    public void OnEach(Action<int> work)
    {
        var threads = Enumerable.Range(0, _members.Length).Select(rank => new Thread(() =>
        {
            _devices[rank].Bind();
            work(rank);
            _devices[rank].Synchronise();
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
        foreach (var device in _devices) device.Dispose();
    }
}
