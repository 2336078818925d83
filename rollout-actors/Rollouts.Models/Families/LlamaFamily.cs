namespace Rollouts.Models;

/// <summary>Llama: RMSNorm, grouped-query attention with rotary positions, gated MLP.</summary>
/// <remarks>Touvron et al. 2023, <see href="https://arxiv.org/abs/2302.13971"/>; transformers: models/llama/modeling_llama.py.</remarks>
internal sealed class LlamaFamily : IModelFamily
{
    public ModelConfig Configure(ModelConfig shared, JsonKeys keys) => shared;

    public DecoderLayer LoadLayer(ModelSource source, int layer) => DecoderLayer.LoadDense(source, layer);
}
