using System.Collections.Immutable;

namespace Rollouts.Models;

/// <summary>What config.json says of a decoder-only transformer.</summary>
public sealed record ModelConfig
{
    /// <summary>Names the family: llama.</summary>
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

    /// <summary>Whether q, k, v and o have biases.</summary>
    public required bool AttentionBias { get; init; }

    /// <summary>Whether the MLP has biases.</summary>
    public required bool MlpBias { get; init; }

    /// <summary>Whether the weights are said to be bfloat16 (or float16, which is read as bfloat16's peer).</summary>
    public required TensorType Type { get; init; }

    /// <summary>Tokens that end a completion, from generation_config.json where it has them.</summary>
    public required ImmutableArray<int> EosTokenIds { get; init; }
}
