using System.Collections.Immutable;

namespace Rollouts.Models;

/// <summary>What config.json says of a decoder-only transformer.</summary>
public sealed record ModelConfig
{
    /// <summary>Names the family, such as llama or qwen3.</summary>
    public required string ModelType { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Blocks.</summary>
    public required int NumLayers { get; init; }

    /// <summary>Query heads.</summary>
    public required int NumHeads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int NumKvHeads { get; init; }

    /// <summary>Elements of a head; need not be hidden size / heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Tokens that the model was trained on at once.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Added under the root of every norm.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Their stretching.</summary>
    public required RopeScaling RopeScaling { get; init; }

    /// <summary>Whether the head is the embedding table.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Whether q, k and v have biases.</summary>
    public required bool QkvBias { get; init; }

    /// <summary>Whether the attention's output has one.</summary>
    public required bool OutputBias { get; init; }

    /// <summary>Whether queries and keys are normalised, head by head, before they are rotated.</summary>
    public bool QkNorm { get; init; }

    /// <summary>Whether the MLP has biases.</summary>
    public required bool MlpBias { get; init; }

    /// <summary>Tokens that each layer attends to, the token's own included; 0 for all. One entry a layer, or none where no layer has a window.</summary>
    public ImmutableArray<int> Windows { get; init; } = [];

    /// <summary>Compressed keys and values, in models that have them.</summary>
    public LatentShape? Latent { get; init; }

    /// <summary>Routed experts, in models that have them.</summary>
    public MixtureShape? Mixture { get; init; }

    /// <summary>How the checkpoint's matrices are quantised; null where they are not.</summary>
    public BlockQuantization? Quantization { get; init; }

    /// <summary>Whether the weights are said to be bfloat16 (or float16, which is read as bfloat16's peer).</summary>
    public required TensorType Type { get; init; }

    /// <summary>Tokens that end a completion, from generation_config.json where it has them.</summary>
    public required ImmutableArray<int> EosTokenIds { get; init; }

    /// <summary>Elements of a head that carry the position.</summary>
    public int RotarySize => Latent?.RotarySize ?? HeadSize;

    /// <summary>What scores are multiplied by.</summary>
    public float AttentionScale => (float)(Latent?.Scale(RopeScaling) ?? 1 / Math.Sqrt(HeadSize));

    /// <summary>A layer's window; 0 for none.</summary>
    public int Window(int layer) => Windows.IsEmpty ? 0 : Windows[layer];

    /// <summary>Tokens beyond which no layer looks back; 0 where one looks back to the first. KV before them is not needed.</summary>
    public int LargestWindow => Windows.IsEmpty || Windows.Contains(0) ? 0 : Windows.Max();
}
