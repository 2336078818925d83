using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Mixtral: Mistral with routed experts in every layer, whose weights are normalised over the chosen ones.</summary>
/// <remarks>Jiang et al. 2024, <see href="https://arxiv.org/abs/2401.04088"/>; transformers: models/mixtral/modeling_mixtral.py.</remarks>
internal sealed class MixtralFamily : IModelFamily
{
    private static readonly ExpertNames Names = new("block_sparse_moe.gate.weight", null, "block_sparse_moe.experts.", "w1", "w3", "w2", null);

    public ExpertNames? Experts => Names;

    public ModelConfig Configure(ModelConfig shared, JsonKeys keys)
    {
        var experts = keys.Int("num_local_experts", 1, ExpertRouter.MaxExperts);
        var router = new ExpertRouter(experts, keys.Int("num_experts_per_tok", 1, experts), ExpertScore.Softmax, 1, 1, Normalise: true, 1);
        return shared with
        {
            Windows = MistralFamily.Windows(shared, keys),
            Mixture = new MixtureShape(router, shared.IntermediateSize, 0, false, [.. Enumerable.Range(0, shared.NumLayers)]),
        };
    }

    public DecoderLayer LoadLayer(ModelSource source, int layer) => DecoderLayer.LoadMixture(source, layer, Names);
}
