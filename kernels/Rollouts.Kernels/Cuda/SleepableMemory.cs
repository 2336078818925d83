namespace Rollouts.Kernels;

/// <summary>
/// Memory of a kernel device that can be given back for a while and keeps its addresses: what was captured or noted of it holds when it is there
/// again.
/// </summary>
public abstract class SleepableMemory : IDisposable
{
    /// <summary>Where it begins.</summary>
    public abstract nint Address { get; }

    /// <summary>Bytes in use.</summary>
    public abstract long Bytes { get; }

    /// <summary>Gives the memory back to the device, once all launched work is done.</summary>
    /// <param name="keepsContents">Whether the contents are put by in the host's memory; else they are lost.</param>
    public abstract void Sleep(bool keepsContents);

    /// <summary>Takes it again, with its contents where they were kept, else with zeros.</summary>
    public abstract void Wake();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>On the simulated device the memory stays, but what it holds while it sleeps is nonsense.</summary>
internal sealed unsafe class SimulatedSleepableMemory(long bytes) : SleepableMemory
{
    private readonly NativeBuffer _memory = new(bytes);
    private NativeBuffer? _kept;

    public override nint Address => _memory.Address;

    public override long Bytes => bytes;

    private Span<byte> All => new((void*)_memory.Address, checked((int)bytes));

    public override void Sleep(bool keepsContents)
    {
        _kept = keepsContents ? new NativeBuffer(bytes) : null;
        if (_kept is not null) Buffer.MemoryCopy((void*)_memory.Address, (void*)_kept.Address, bytes, bytes);
        All.Fill(0xFF);
    }

    public override void Wake()
    {
        if (_kept is null) All.Clear();
        else Buffer.MemoryCopy((void*)_kept.Address, (void*)_memory.Address, bytes, bytes);
        _kept?.Dispose();
        _kept = null;
    }

    public override void Dispose()
    {
        _memory.Dispose();
        _kept?.Dispose();
    }
}
