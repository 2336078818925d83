using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Cosines and sines of every position in a kernel device's memory, float [position, rotary size / 2] each.</summary>
internal sealed unsafe class DeviceRotary : IDisposable
{
    private readonly DeviceMemory _memory;

    public DeviceRotary(KernelDevice device, RotaryTable table, int positions, int rotarySize)
    {
        var bytes = (long)positions * (rotarySize / 2) * sizeof(float);
        _memory = device.Allocate(2 * bytes);
        (Cosines, Sines) = (_memory.Address, _memory.Address + (nint)bytes);
        device.Copy((nint)table.Cosines(0), Cosines, bytes);
        device.Copy((nint)table.Sines(0), Sines, bytes);
        device.Synchronise();
    }

    public nint Cosines { get; }

    public nint Sines { get; }

    public void Dispose() => _memory.Dispose();
}
