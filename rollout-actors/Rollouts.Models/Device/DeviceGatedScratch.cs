using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The inner activations of a gated MLP on a kernel device.</summary>
/// <param name="GateUp">[rows, 2I]</param>
/// <param name="Gated">[rows, I]</param>
internal sealed record DeviceGatedScratch(DeviceActivations GateUp, DeviceActivations Gated) : IDisposable
{
    public static DeviceGatedScratch Of(KernelDevice device, DeviceTorch torch, int rows, int width, ElementType type) =>
        new(new DeviceActivations(device, torch, rows, 2 * width, type), new DeviceActivations(device, torch, rows, width, type));

    public void Dispose()
    {
        GateUp.Dispose();
        Gated.Dispose();
    }
}
