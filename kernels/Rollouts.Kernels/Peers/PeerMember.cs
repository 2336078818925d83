using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// One rank of several whose devices see parts of each other's memory. Made by all ranks in two steps: each makes its own, and when all have, each
/// <see cref="Connect"/>s. Then launches that exchange wait for each other on the devices, or, without meeting there, the host sees to it that all are ready.
/// </summary>
public sealed unsafe class PeerMember : IDisposable
{
    /// <summary>Ranks at most.</summary>
    public const int MaxRanks = 32;

    /// <summary>About a minute on a GPU.</summary>
    private const int MaxLooks = 1 << 27;

    private readonly DeviceMemory _tables;
    private readonly DeviceMemory _rounds;
    private readonly SleepableMemory _signals;
    private readonly HostMemory _fault;
    private readonly bool _meets;
    private readonly int _maxLooks;
    private int _numShared;

    /// <param name="device">Borrowed; must outlive it.</param>
    /// <param name="peers">All ranks' devices, in their order.</param>
    /// <param name="meets">Whether launches wait for each other on the devices; they must then be able to run at the same time.</param>
    /// <param name="maxShared">Pieces of memory that will be shared.</param>
    /// <param name="maxLooks">Looks at a signal before a rank is given up.</param>
    public PeerMember(KernelDevice device, int rank, IReadOnlyList<KernelDevice> peers, bool meets, int maxShared, int maxLooks = MaxLooks)
    {
        if (peers.Count > MaxRanks) throw new ArgumentException($"{peers.Count} ranks: at most {MaxRanks}");
        (Device, Rank, Peers, _meets, _maxLooks) = (device, rank, peers, meets, maxLooks);
        _tables = Zeroed((1L + maxShared) * peers.Count * sizeof(long));
        _rounds = Zeroed(PeerMeeting.MaxGroups * sizeof(int));
        _signals = Share((long)PeerMeeting.MaxGroups * peers.Count * sizeof(int));
        _fault = device.AllocateHost(sizeof(int));
        device.Synchronise();
    }

    /// <summary>Which.</summary>
    public int Rank { get; }

    /// <summary>All ranks' devices.</summary>
    public IReadOnlyList<KernelDevice> Peers { get; }

    /// <summary>Whether a rank did not come to a meeting, or was said to have failed: what came of exchanges since is nonsense.</summary>
    public bool HasFailed => Volatile.Read(ref *(int*)_fault.Address) != 0;

    internal KernelDevice Device { get; }

    /// <summary>Memory of this rank's device that all ranks' devices see; zeroed.</summary>
    public SleepableMemory Share(long bytes)
    {
        var memory = Device.AllocateShared(bytes, Peers);
        Device.Fill(memory.Address, 0, bytes);
        return memory;
    }

    /// <summary>Takes the addresses at which the others' memory is seen.</summary>
    /// <param name="members">All ranks'.</param>
    public void Connect(IReadOnlyList<PeerMember> members) => Write(0, [.. members.Select(m => m._signals.Address)]);

    /// <summary>Puts the addresses of a piece that every rank has where kernels find them.</summary>
    /// <param name="addresses">[ranks]</param>
    public PeerAddresses Table(IReadOnlyList<nint> addresses) => Write(++_numShared, addresses);

    /// <summary>Ends the waits of this rank's device, for another rank has failed.</summary>
    public void Stop() => Volatile.Write(ref *(int*)_fault.Address, 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables.Dispose();
        _rounds.Dispose();
        _signals.Dispose();
        _fault.Dispose();
    }

    internal PeerMeetingArguments Meeting => new()
    {
        Signals = _meets ? _tables.Address : 0, Rounds = _rounds.Address, Fault = _fault.Address, Rank = Rank, NumRanks = Peers.Count, MaxLooks = _maxLooks,
    };

    private PeerAddresses Write(int table, IReadOnlyList<nint> addresses)
    {
        var to = _tables.Address + (nint)((long)table * Peers.Count * sizeof(long));
        fixed (long* from = addresses.Select(a => (long)a).ToArray())
        {
            Device.Copy((nint)from, to, addresses.Count * sizeof(long));
            Device.Synchronise();
        }

        return new PeerAddresses(to);
    }

    private DeviceMemory Zeroed(long bytes)
    {
        var memory = Device.Allocate(bytes);
        Device.Fill(memory.Address, 0, bytes);
        return memory;
    }
}

/// <summary>Where a rank's device finds the addresses of a piece of memory of every rank.</summary>
/// <param name="Table">long [ranks] on the rank's device.</param>
public readonly record struct PeerAddresses(nint Table);
