using System.Diagnostics;

namespace Rollouts.Kernels;

/// <summary>A mark in the stream of a kernel device: waited for by the host, or timed against another mark.</summary>
public abstract class DeviceEvent : IDisposable
{
    /// <summary>Marks what the stream was given so far.</summary>
    public abstract void Record();

    /// <summary>Waits until the device has passed the mark.</summary>
    public abstract void Synchronise();

    /// <summary>Milliseconds on the device since an earlier mark; both must have passed.</summary>
    public abstract double MsSince(DeviceEvent start);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A mark of the simulated device, which has done what it was given before it goes on.</summary>
internal sealed class SimulatedEvent(KernelDevice device) : DeviceEvent
{
    private long _at;

    public override void Record()
    {
        device.Synchronise();
        _at = Stopwatch.GetTimestamp();
    }

    public override void Synchronise() => device.ThrowInjected();

    public override double MsSince(DeviceEvent start) => Stopwatch.GetElapsedTime(((SimulatedEvent)start)._at, _at).TotalMilliseconds;

    public override void Dispose()
    {
    }
}
