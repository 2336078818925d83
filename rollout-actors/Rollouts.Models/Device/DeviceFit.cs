using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Which models the kernel devices' forward pass takes.</summary>
public static class DeviceFit
{
    private const int Vector = 8;

    /// <exception cref="ModelFormatException">Not this one.</exception>
    public static void Require(string folder, ModelConfig config)
    {
        if (Faults(config).ToArray() is { Length: > 0 } faults) throw new ModelFormatException($"{folder}: {string.Join("; ", faults)}");
    }

    /// <summary>Why not this one; empty where it does.</summary>
    public static IEnumerable<string> Faults(ModelConfig config)
    {
        if (config.Latent is not null || config.Mixture is not null)
        {
            yield return $"device cuda: {config.ModelType} models run on the CPU only so far (latent attention and routed experts are not on the GPU yet); set device: cpu";
            yield break;
        }

        if (config.HeadSize % Vector != 0 || config.HeadSize > PagedAttention.MaxHeadSize) yield return $"device cuda: head_dim {config.HeadSize}; GPU attention takes multiples of {Vector} up to {PagedAttention.MaxHeadSize}";
        if (config.NumHeads / config.NumKvHeads > PagedAttention.MaxGroup) yield return $"device cuda: {config.NumHeads / config.NumKvHeads} query heads share a KV head; GPU attention takes up to {PagedAttention.MaxGroup}";
        if (config.HiddenSize % Vector != 0) yield return $"device cuda: hidden_size {config.HiddenSize} is no multiple of {Vector}";
        if (config.IntermediateSize % Vector != 0) yield return $"device cuda: intermediate_size {config.IntermediateSize} is no multiple of {Vector}";
    }
}
