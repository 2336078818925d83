using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>DeepSeek V2 (softmax router), and V3 and R1 (sigmoid router with a bias for the choice): latent attention, routed and shared experts after the first dense layers.</summary>
/// <remarks>
/// <see href="https://arxiv.org/abs/2405.04434"/>, <see href="https://arxiv.org/abs/2412.19437"/>; deepseek-ai/DeepSeek-V3: inference/model.py;
/// transformers: models/deepseek_v2, models/deepseek_v3. Layers past num_hidden_layers, which predict several tokens at once, are not read.
/// </remarks>
internal sealed class DeepSeekFamily(bool third) : IModelFamily
{
    private static readonly ExpertNames Names = new("mlp.gate.weight", "mlp.gate.e_score_correction_bias", "mlp.experts.", "gate_proj", "up_proj", "down_proj", "mlp.shared_experts.");

    public ExpertNames? Experts => Names;

    public ModelConfig Configure(ModelConfig shared, JsonKeys keys) => shared with
    {
        NumKvHeads = shared.NumHeads,
        Latent = new LatentShape(
            keys.IntOr("q_lora_rank", 1, 1 << 16, 0), keys.Int("kv_lora_rank", 1, 1 << 16), keys.Int("qk_nope_head_dim", 1, 1 << 14),
            keys.Int("qk_rope_head_dim", 2, 1 << 14), keys.Int("v_head_dim", 1, 1 << 14), !third || keys.Flag("rope_interleave", otherwise: true)),
        Mixture = Mixture(shared, keys),
    };

    public DecoderLayer LoadLayer(ModelSource source, int layer) =>
        source.Config.Mixture?.IsIn(layer) == true ? DecoderLayer.LoadMixture(source, layer, Names) : DecoderLayer.LoadDense(source, layer);

    private MixtureShape? Mixture(ModelConfig config, JsonKeys keys)
    {
        if (keys.OptionalInt("n_routed_experts") is not { } experts) return null;
        if (experts > ExpertRouter.MaxExperts) throw keys.Broken($"n_routed_experts {experts} is above {ExpertRouter.MaxExperts}");
        var intermediate = keys.Int("moe_intermediate_size", 1, 1 << 24);
        var (firstMixture, step) = (keys.IntOr("first_k_dense_replace", 0, int.MaxValue, 0), keys.IntOr("moe_layer_freq", 1, int.MaxValue, 1));
        return new MixtureShape(
            Router(keys, experts), intermediate, intermediate * keys.IntOr("n_shared_experts", 0, 1 << 10, 0), third,
            [.. Enumerable.Range(0, config.NumLayers).Where(layer => layer >= firstMixture && layer % step == 0)]);
    }

    private ExpertRouter Router(JsonKeys keys, int experts)
    {
        var (method, score, scale) = (keys.Text("topk_method") ?? (third ? "noaux_tc" : "greedy"), keys.Text("scoring_func") ?? (third ? "sigmoid" : "softmax"), (float)(keys.Number("routed_scaling_factor") ?? 1));
        if (method is not ("greedy" or "group_limited_greedy" or "noaux_tc") || (method == "noaux_tc") != third) throw keys.Broken($"topk_method '{method}' is not supported here; V2 has greedy and group_limited_greedy, V3 noaux_tc");
        if (score != (third ? "sigmoid" : "softmax")) throw keys.Broken($"scoring_func '{score}' is not supported here; V2 has softmax, V3 sigmoid");
        var groups = method == "greedy" ? 1 : keys.IntOr("n_group", 1, experts, 1);
        var chosenGroups = method == "greedy" ? 1 : keys.IntOr("topk_group", 1, groups, 1);
        if (experts % groups != 0) throw keys.Broken($"n_group {groups} does not divide n_routed_experts {experts}");
        var chosen = keys.Int("num_experts_per_tok", 1, experts / groups * chosenGroups);
        // V2 normalises or scales; V3 does both.
        var normalises = keys.Flag("norm_topk_prob", otherwise: third);
        return new ExpertRouter(experts, chosen, third ? ExpertScore.Sigmoid : ExpertScore.Softmax, groups, chosenGroups, normalises, third || !normalises ? scale : 1);
    }
}
