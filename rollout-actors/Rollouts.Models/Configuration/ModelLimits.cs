using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>What the kernels take: a config beyond is refused before anything is allocated for it.</summary>
internal static class ModelLimits
{
    /// <exception cref="ModelFormatException">The config asks for more.</exception>
    public static ModelConfig Require(ModelConfig config, JsonKeys keys)
    {
        if (config.RotarySize % 2 != 0) throw keys.Broken($"a rotated head of {config.RotarySize} elements has no pairs; the size must be even");
        if (config.Latent is { } latent) RequireLatent(latent, keys);
        else if (config.HeadSize > PagedAttention.MaxHeadSize) throw keys.Broken($"heads of {config.HeadSize} elements are not supported; up to {PagedAttention.MaxHeadSize} are");
        else if (config.NumHeads / config.NumKvHeads > PagedAttention.MaxGroup)
            throw keys.Broken($"{config.NumHeads} query heads over {config.NumKvHeads} KV heads are not supported; up to {PagedAttention.MaxGroup} may share one");
        if (config.Mixture is { } mixture && (long)mixture.Router.NumExperts * 2 * Math.Max(mixture.IntermediateSize, config.HiddenSize) > int.MaxValue)
            throw keys.Broken($"{mixture.Router.NumExperts} experts of width {mixture.IntermediateSize} are not supported: together they have too many rows");
        return config;
    }

    private static void RequireLatent(LatentShape latent, JsonKeys keys)
    {
        if (latent.LatentSize + latent.RotarySize > PagedLatentAttention.MaxWidth)
            throw keys.Broken($"kv_lora_rank {latent.LatentSize} and qk_rope_head_dim {latent.RotarySize} are not supported; together up to {PagedLatentAttention.MaxWidth} are");
        if (latent.KeySize > PagedAttention.MaxHeadSize || latent.ValueSize > PagedAttention.MaxHeadSize)
            throw keys.Broken($"keys of {latent.KeySize} and values of {latent.ValueSize} elements are not supported; up to {PagedAttention.MaxHeadSize} are");
    }
}
