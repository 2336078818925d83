using System.Collections.Immutable;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Qwen2 and 2.5: Llama with biases on q, k and v. Qwen3: norms on the heads of q and k instead. Qwen3-MoE: routed experts in most layers.</summary>
/// <remarks>
/// Qwen2, <see href="https://arxiv.org/abs/2407.10671"/>; Qwen3, <see href="https://arxiv.org/abs/2505.09388"/>;
/// transformers: models/qwen2, models/qwen3 and models/qwen3_moe.
/// </remarks>
internal sealed class QwenFamily(bool third) : IModelFamily
{
    private static readonly ExpertNames Names = new("mlp.gate.weight", null, "mlp.experts.", "gate_proj", "up_proj", "down_proj", null);

    public ExpertNames? Experts => Names;

    public ModelConfig Configure(ModelConfig shared, JsonKeys keys) => shared with
    {
        QkvBias = !third || shared.QkvBias,
        OutputBias = third && shared.OutputBias,
        QkNorm = third,
        HeadSize = third ? keys.IntOr("head_dim", 1, 1 << 16, 128) : shared.HeadSize,
        Windows = Windows(shared, keys),
        Mixture = Mixture(shared, keys),
    };

    public DecoderLayer LoadLayer(ModelSource source, int layer) =>
        source.Config.Mixture?.IsIn(layer) == true ? DecoderLayer.LoadMixture(source, layer, Names) : DecoderLayer.LoadDense(source, layer);

    /// <summary>Newer files say of each layer what it is; in older ones the layers from max_window_layers on have a window, where it is used at all.</summary>
    private static ImmutableArray<int> Windows(ModelConfig config, JsonKeys keys)
    {
        if (!keys.Flag("use_sliding_window") || keys.OptionalInt("sliding_window") is not { } window) return [];
        if (keys.Texts("layer_types") is { } types)
        {
            if (types.Length != config.NumLayers) throw keys.Broken($"layer_types has {types.Length} entries for {config.NumLayers} layers");
            return [.. types.Select(t => t switch { "full_attention" => 0, "sliding_attention" => window, _ => throw keys.Broken($"the layer type '{t}' is not supported; full_attention and sliding_attention are") })];
        }

        var first = keys.IntOr("max_window_layers", 0, int.MaxValue, 28);
        return [.. Enumerable.Range(0, config.NumLayers).Select(layer => layer >= first ? window : 0)];
    }

    private static MixtureShape? Mixture(ModelConfig config, JsonKeys keys)
    {
        if ((keys.OptionalInt("num_experts") ?? keys.OptionalInt("num_local_experts")) is not { } experts) return null;
        if (experts > ExpertRouter.MaxExperts) throw keys.Broken($"num_experts {experts} is above {ExpertRouter.MaxExperts}");
        var router = new ExpertRouter(experts, keys.Int("num_experts_per_tok", 1, experts), ExpertScore.Softmax, 1, 1, keys.Flag("norm_topk_prob"), 1);
        var (step, dense) = (keys.IntOr("decoder_sparse_step", 1, int.MaxValue, 1), keys.Ints("mlp_only_layers") ?? []);
        return new MixtureShape(router, keys.Int("moe_intermediate_size", 1, 1 << 24), 0, false, [.. Enumerable.Range(0, config.NumLayers).Where(layer => (layer + 1) % step == 0 && !dense.Contains(layer))]);
    }
}
