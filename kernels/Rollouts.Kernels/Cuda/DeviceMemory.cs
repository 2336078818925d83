using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Memory of a kernel device, owned: on a GPU the driver's, on the simulated device the host's.</summary>
public sealed class DeviceMemory : IDisposable
{
    private readonly NativeBuffer? _host;
    private nint _device;

    internal DeviceMemory(CudaDevice device, long bytes)
    {
        device.Bind();
        CudaDriver.Allocate(out _device, (nuint)Math.Max(1, bytes)).ThrowOnError($"cuMemAlloc of {bytes} bytes");
        Bytes = bytes;
    }

    internal DeviceMemory(long bytes) => (_host, Bytes) = (new NativeBuffer(bytes), bytes);

    /// <summary>Where it begins, in the address space of its device.</summary>
    public nint Address => _host?.Address ?? _device;

    /// <summary>Bytes.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _host?.Dispose();
        if (Interlocked.Exchange(ref _device, 0) is var owned and not 0) _ = CudaDriver.Free(owned);
    }
}
