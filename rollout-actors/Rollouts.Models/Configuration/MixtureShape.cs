using System.Collections.Immutable;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The routed experts of a model.</summary>
/// <param name="Router">How a token's experts are chosen.</param>
/// <param name="IntermediateSize">Width of one expert.</param>
/// <param name="SharedSize">Width of the expert that all tokens go to; 0 where there is none.</param>
/// <param name="HasChoiceBias">Whether a bias corrects the choice.</param>
/// <param name="Layers">The layers that have experts, in order; the others have a plain MLP.</param>
public sealed record MixtureShape(ExpertRouter Router, int IntermediateSize, int SharedSize, bool HasChoiceBias, ImmutableArray<int> Layers)
{
    /// <summary>How it is noted which experts a token went to.</summary>
    public RoutedExpertShape Routed => new(Layers, Router.NumChosen, Router.NumExperts <= 256 ? 1 : 2);

    /// <summary>Whether a layer has experts.</summary>
    public bool IsIn(int layer) => Layers.BinarySearch(layer) >= 0;
}
