using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>An RMSNorm over the rows of a step on a kernel device.</summary>
internal sealed class DeviceNorm(KernelDevice device, WeightMatrix weight, float epsilon)
{
    public static DeviceNorm Load(KernelDevice device, ModelSource source, string name) =>
        new(device, source.LoadVector(name, source.Config.HiddenSize), source.Config.NormEpsilon);

    /// <summary>residual += delta; output = norm(residual), row by row.</summary>
    /// <param name="delta">Null where nothing is added.</param>
    public void Forward(DeviceActivations residual, DeviceActivations? delta, DeviceActivations output, int rows) =>
        RmsNorm.AddAndNormalise(device, residual.Address, residual.Type, delta?.Address ?? 0, weight.Address, output.Address, output.Type, rows, output.Width, epsilon);
}
