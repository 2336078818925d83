using System.Collections.Immutable;

namespace Rollouts.Models;

/// <summary>Mistral: Llama with a sliding window over all layers, where its config names one.</summary>
/// <remarks>Jiang et al. 2023, <see href="https://arxiv.org/abs/2310.06825"/>; transformers: models/mistral/modeling_mistral.py.</remarks>
internal sealed class MistralFamily : IModelFamily
{
    public ModelConfig Configure(ModelConfig shared, JsonKeys keys) => shared with { Windows = Windows(shared, keys) };

    public DecoderLayer LoadLayer(ModelSource source, int layer) => DecoderLayer.LoadDense(source, layer);

    internal static ImmutableArray<int> Windows(ModelConfig config, JsonKeys keys) =>
        keys.OptionalInt("sliding_window") is { } window ? [.. Enumerable.Repeat(window, config.NumLayers)] : [];
}
