namespace Rollouts.Kernels;

/// <summary>What a device allocates while something large is being built: if it is not built, all of it goes back.</summary>
public sealed class AllocationScope : IDisposable
{
    private readonly KernelDevice _device;
    private readonly List<IDisposable> _allocated = [];

    internal AllocationScope(KernelDevice device) => _device = device;

    /// <summary>It is built: what was allocated is its owner's alone.</summary>
    public void Keep() => _allocated.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.EndScope(this);
        foreach (var memory in _allocated) memory.Dispose();
    }

    internal void Add(IDisposable memory)
    {
        lock (_allocated) _allocated.Add(memory);
    }
}
