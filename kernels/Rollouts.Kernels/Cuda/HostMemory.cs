using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Memory of the host that a kernel device copies to and from; on a GPU it is pinned, and copies run beside the host.</summary>
public sealed unsafe class HostMemory : IDisposable
{
    private readonly NativeBuffer? _plain;
    private nint _pinned;

    internal HostMemory(CudaDevice device, long bytes)
    {
        device.Bind();
        CudaDriver.AllocatePinned(out _pinned, (nuint)Math.Max(1, bytes)).ThrowOnError($"cuMemAllocHost of {bytes} bytes");
        Bytes = bytes;
        new Span<byte>((void*)_pinned, checked((int)bytes)).Clear();
    }

    internal HostMemory(long bytes) => (_plain, Bytes) = (new NativeBuffer(bytes), bytes);

    /// <summary>Where it begins.</summary>
    public nint Address => _plain?.Address ?? _pinned;

    /// <summary>Bytes.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plain?.Dispose();
        if (Interlocked.Exchange(ref _pinned, 0) is var owned and not 0) _ = CudaDriver.FreePinned(owned);
    }
}
