using System.Collections.Immutable;

namespace Rollouts;

/// <summary>
/// How a completion's routed experts are laid out: [tokens, layers, chosen], a byte each, two (little-endian) where a model has over 256 experts.
/// Tokens are those that the model has read: prompt and completion without the last.
/// </summary>
/// <param name="Layers">The layers that have experts, by number.</param>
/// <param name="NumChosen">Experts of a token, best first.</param>
/// <param name="BytesOfExpert">1 or 2.</param>
public sealed record RoutedExpertShape(ImmutableArray<int> Layers, int NumChosen, int BytesOfExpert)
{
    /// <summary>Bytes of one token.</summary>
    public int BytesOfToken => Layers.Length * NumChosen * BytesOfExpert;

    /// <summary>As file metadata: JSON.</summary>
    public string Json => $$"""{"layers":[{{string.Join(",", Layers)}}],"chosen":{{NumChosen}},"dtype":"uint{{8 * BytesOfExpert}}"}""";
}
