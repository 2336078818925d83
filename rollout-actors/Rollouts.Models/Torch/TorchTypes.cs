using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>libtorch's numbers for element types (c10::ScalarType).</summary>
internal static class TorchTypes
{
    public const int Int32 = 3;

    public static int Of(ElementType type) => type switch
    {
        ElementType.Float32 => 6,
        ElementType.Float16 => 5,
        _ => 15,
    };
}
