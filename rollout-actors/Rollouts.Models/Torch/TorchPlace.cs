namespace Rollouts.Models;

/// <summary>Where a tensor is, in libtorch's numbers (c10::DeviceType): the processor unless said.</summary>
internal readonly record struct TorchPlace(int Type, int Index)
{
    /// <summary>A GPU.</summary>
    public static TorchPlace Cuda(int ordinal) => new(1, ordinal);
}
