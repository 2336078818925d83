using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A mark in a stream: waited for by the host or by another stream, or timed against another mark.</summary>
public sealed class CudaEvent : IDisposable
{
    private readonly CudaDevice _device;
    private nint _event;

    /// <param name="device">Borrowed; must outlive the event.</param>
    public CudaEvent(CudaDevice device)
    {
        _device = device;
        device.Bind();
        CudaDriver.CreateEvent(out _event, 0).ThrowOnError("cuEventCreate");
    }

    /// <summary>Marks what the stream was given so far.</summary>
    public void Record() => CudaDriver.RecordEvent(_event, _device.Stream).ThrowOnError("cuEventRecord");

    /// <summary>Waits until the device has passed the mark.</summary>
    public void Synchronise() => CudaDriver.SynchroniseEvent(_event).ThrowOnError("cuEventSynchronize");

    /// <summary>Whether the device has passed the mark.</summary>
    public bool HasPassed => CudaDriver.QueryEvent(_event) == CudaDriver.Ok;

    /// <summary>Milliseconds on the device since an earlier mark; both must have passed.</summary>
    public double MsSince(CudaEvent start)
    {
        CudaDriver.ElapsedMs(out var milliseconds, start._event, _event).ThrowOnError("cuEventElapsedTime");
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _event, 0) is var owned and not 0) _ = CudaDriver.DestroyEvent(owned);
    }
}
