using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>libtorch's numbers for element types (c10::ScalarType).</summary>
internal static class TorchTypes
{
    public static int Of(ElementType type) => type == ElementType.Float32 ? 6 : 15;
}
