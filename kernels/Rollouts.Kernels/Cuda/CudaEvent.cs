using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A mark in a stream: waited for by the host or by another stream, or timed against another mark.</summary>
public sealed class CudaEvent : DeviceEvent
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

    /// <inheritdoc/>
    public override void Record() => CudaDriver.RecordEvent(_event, _device.Stream).ThrowOnError("cuEventRecord");

    /// <inheritdoc/>
    public override void Synchronise()
    {
        CudaDriver.SynchroniseEvent(_event).ThrowOnError("cuEventSynchronize");
        _device.ThrowInjected();
    }

    /// <summary>Whether the device has passed the mark.</summary>
    public bool HasPassed => CudaDriver.QueryEvent(_event) == CudaDriver.Ok;

    /// <inheritdoc/>
    public override double MsSince(DeviceEvent start)
    {
        CudaDriver.ElapsedMs(out var milliseconds, ((CudaEvent)start)._event, _event).ThrowOnError("cuEventElapsedTime");
        return milliseconds;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _event, 0) is var owned and not 0) _ = CudaDriver.DestroyEvent(owned);
    }
}
