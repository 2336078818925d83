using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>What a model is held in on this machine.</summary>
public static class Dtypes
{
    /// <summary>Resolves <c>dtype</c>; the note says why it is not the checkpoint's, where it is not.</summary>
    /// <param name="device">Where it runs; the processor unless said.</param>
    public static (ElementType Type, string? Note) Resolve(ModelDtype dtype, ModelConfig config, DevicePlacement device = default) => dtype switch
    {
        ModelDtype.Float32 => (ElementType.Float32, null),
        ModelDtype.Bfloat16 => (ElementType.BFloat16, null),
        _ when config.Type == TensorType.F32 => (ElementType.Float32, null),
        _ when device.IsGpu => (ElementType.BFloat16, config.Type == TensorType.F16 ? "dtype auto: the checkpoint is float16, which is computed in bfloat16 on a GPU" : null),
        _ when config.Type == TensorType.F16 => (ElementType.Float32, "dtype auto: the checkpoint is float16, which is computed in float32 on a CPU"),
        _ when Processor.HasBFloat16 => (ElementType.BFloat16, null),
        _ => (ElementType.Float32, "dtype auto: this CPU has no bfloat16 instructions (avx512_bf16), so the model runs in float32"),
    };
}
