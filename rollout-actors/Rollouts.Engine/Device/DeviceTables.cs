using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>
/// The block tables of running sequences on the device, a row a slot. A step tells only what is new: (place, block) pairs, or, where they are too many, a copy of the
/// row from pinned memory. Invariant: a slot's host row is rewritten only after all steps of the sequence before have been committed.
/// </summary>
internal sealed unsafe class DeviceTables : IDisposable
{
    private readonly KernelDevice _device;
    private readonly DeviceMemory _there;
    private readonly HostMemory _host;
    private readonly int[] _sent;
    private readonly (Sequence? Sequence, int Life)[] _owners;

    public DeviceTables(KernelDevice device, int slots, int stride)
    {
        (_device, Stride) = (device, stride);
        var bytes = (long)slots * stride * sizeof(int);
        (_there, _host) = (device.Allocate(bytes), device.AllocateHost(bytes));
        device.Fill(_there.Address, 0, bytes);
        (_sent, _owners) = (new int[slots], new (Sequence?, int)[slots]);
    }

    /// <summary>int [slots, <see cref="Stride"/>]</summary>
    public nint Address => _there.Address;

    /// <summary>Blocks of a sequence at most.</summary>
    public int Stride { get; }

    /// <summary>Adds a sequence's new blocks to a step's updates.</summary>
    /// <param name="updates">How many, then (place, block) each.</param>
    public void Update(Sequence sequence, Span<int> updates)
    {
        var slot = sequence.Slot;
        var owner = (sequence, sequence.NumPreempted);
        if (_owners[slot] != owner) (_owners[slot], _sent[slot]) = (owner, 0);
        var blocks = sequence.BlockTable;
        var (first, count) = (_sent[slot], blocks.Count - _sent[slot]);
        if (count == 0) return;
        _sent[slot] = blocks.Count;
        var place = slot * Stride + first;
        if (1 + 2 * (updates[0] + count) > updates.Length) CopyRow(blocks, first, place);
        else
            for (var i = 0; i < count; i++)
            {
                var at = 1 + 2 * updates[0]++;
                (updates[at], updates[at + 1]) = (place + i, blocks[first + i]);
            }
    }

    public void Dispose()
    {
        _there.Dispose();
        _host.Dispose();
    }

    private void CopyRow(List<int> blocks, int first, int place)
    {
        var row = new Span<int>((int*)_host.Address + place, blocks.Count - first);
        for (var i = 0; i < row.Length; i++) row[i] = blocks[first + i];
        _device.Copy(_host.Address + (nint)place * sizeof(int), _there.Address + (nint)place * sizeof(int), (long)row.Length * sizeof(int));
    }
}
