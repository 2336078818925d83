using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Which models the kernel devices' forward pass takes.</summary>
public static class DeviceFit
{
    /// <summary>Elements that kernels move at once.</summary>
    internal const int Vector = 8;

    /// <exception cref="ModelFormatException">Not this one.</exception>
    public static void Require(string folder, ModelConfig config, ParallelPlan plan)
    {
        if (Faults(config, plan).ToArray() is { Length: > 0 } faults) throw new ModelFormatException($"{folder}: {string.Join("; ", faults)}");
    }

    /// <summary>Why not this one; empty where it does.</summary>
    public static IEnumerable<string> Faults(ModelConfig config, ParallelPlan plan)
    {
        foreach (var (name, size) in Sizes(config))
            if (size % Vector != 0) yield return $"device cuda: {name} {size} is no multiple of {Vector}; set device: cpu";
        foreach (var (name, size, parts) in Shares(config, plan))
            if (size > 0 && size / Vector < parts) yield return $"device cuda: {name} {size} has no {Vector} for each of {parts} ranks; lower parallel.tp";
        if (plan.TensorParallel > 1 && config.VocabularySize < Vector * plan.TensorParallel * plan.TensorParallel) yield return $"device cuda: a vocabulary of {config.VocabularySize} is too small for parallel.tp {plan.TensorParallel}";
        if (config.Latent is { } latent)
        {
            if (latent.LatentSize > PagedLatentAttention.MaxLatentSize) yield return $"device cuda: kv_lora_rank {latent.LatentSize} is above {PagedLatentAttention.MaxLatentSize}; set device: cpu";
        }
        else if (config.HeadSize > PagedAttention.MaxHeadSize) yield return $"device cuda: head_dim {config.HeadSize} is above {PagedAttention.MaxHeadSize}; set device: cpu";
        else if (config.NumHeads / config.NumKvHeads > PagedAttention.MaxGroup) yield return $"device cuda: {config.NumHeads / config.NumKvHeads} query heads share a KV head; GPU attention takes up to {PagedAttention.MaxGroup}; set device: cpu";
    }

    private static IEnumerable<(string Name, int Size, int Parts)> Shares(ModelConfig config, ParallelPlan plan)
    {
        yield return ("intermediate_size", config.IntermediateSize, plan.TensorParallel);
        if (config.Mixture is not { } mixture) yield break;
        yield return ("moe_intermediate_size", mixture.IntermediateSize, plan.TensorParallel / plan.ExpertParallel);
        yield return ("the shared experts' width", mixture.SharedSize, plan.TensorParallel);
    }

    private static IEnumerable<(string Name, int Size)> Sizes(ModelConfig config)
    {
        yield return ("hidden_size", config.HiddenSize);
        yield return ("intermediate_size", config.IntermediateSize);
        if (config.Mixture is { } mixture) yield return ("moe_intermediate_size", mixture.IntermediateSize);
        if (config.Latent is not { } latent)
        {
            yield return ("head_dim", config.HeadSize);
            yield break;
        }

        yield return ("kv_lora_rank", latent.LatentSize);
        yield return ("qk_rope_head_dim", latent.RotarySize);
        yield return ("qk_nope_head_dim", latent.PlainSize);
        if (latent.QueryRank > 0) yield return ("q_lora_rank", latent.QueryRank);
    }
}
