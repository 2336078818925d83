using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Rollouts.Kernels.Cuda;

/// <summary>
/// Where the ranks' launches of one exchange wait for each other on their devices: each group tells its twin on every other device that it is here, and waits
/// until all have told it. What a device's stream wrote before its launch is then seen by the others. A rank that does not come ends the wait, not the device.
/// </summary>
/// <remarks>
/// Rounds are counted by the device itself, so the launch can stand in a graph. Invariant: all groups of a launch fit on the device at once, or one that waits
/// would keep out the one that is waited for.
/// </remarks>
internal static unsafe class PeerMeeting
{
    /// <summary>Groups of a launch that may meet: fewer than a GPU has multiprocessors.</summary>
    public const int MaxGroups = 128;

    /// <summary>Looks between two at the word that says that a rank has failed, for it lies in the host's memory.</summary>
    private const int LooksPerCheck = 4096;

    /// <summary>Returns when all ranks' groups of this number are here.</summary>
    public static void Await(PeerMeetingArguments a)
    {
        if (a.Signals == 0) return;
        int peer = Group.IdxX, group = Grid.IdxX;
        long roundAt = a.Rounds + group * 4L;
        int round = Global.LoadInt(roundAt) + 1;
        if (peer < a.NumRanks)
        {
            long there = Global.ReadLong(a.Signals + peer * 8L), here = Global.ReadLong(a.Signals + a.Rank * 8L);
            Tell(there + ((long)group * a.NumRanks + a.Rank) * 4, round);
            Await(a, here + ((long)group * a.NumRanks + peer) * 4, round);
        }

        Group.Barrier();
        if (peer == 0) Global.StoreInt(roundAt, round);
    }

    private static void Await(PeerMeetingArguments a, long signal, int round)
    {
        int looks = 0;
        bool waits = true;
        while (waits)
        {
            // The difference, so that rounds may run over.
            waits = Look(signal) - round < 0;
            looks++;
            if (!waits || looks % LooksPerCheck != 0) continue;
            if (Look(a.Fault) != 0) waits = false;
            else if (looks >= a.MaxLooks)
            {
                Tell(a.Fault, 1);
                waits = false;
            }
        }
    }

    /// <summary>What was written before, by this launch's stream too, is seen by whoever sees the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tell(long address, int value)
    {
        if (CudaAsm.IsSupported) CudaAsm.Emit("st.release.sys.global.u32 [%0], %1;", address, value);
        else Atomic.Exchange(ref *(int*)address, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Look(long address)
    {
        if (!CudaAsm.IsSupported) return Atomic.Add(ref *(int*)address, 0);
        Output<int> value = default;
        Input<uint> low = (uint)address, high = (uint)(address >> 32);
        CudaAsm.EmitRef("{ .reg .b64 a; mov.b64 a, {%1,%2}; ld.acquire.sys.global.u32 %0, [a]; }", ref value, ref low, ref high);
        return value.Value;
    }
}

/// <summary>What a meeting needs; <see cref="PeerMember"/> says what each is.</summary>
internal struct PeerMeetingArguments
{
    public long Signals, Rounds, Fault;
    public int Rank, NumRanks, MaxLooks;
}
