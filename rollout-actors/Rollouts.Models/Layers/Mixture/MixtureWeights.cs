using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: E this rank's experts, D model width, I this rank's part of an expert's width.

/// <summary>The weights of routed experts, on whatever device their source loads to.</summary>
/// <param name="Router">[all experts, D], in float: near ties decide.</param>
/// <param name="ChoiceBias">[all experts] in float, or null.</param>
/// <param name="NumExperts">E.</param>
/// <param name="GateUp">[E 2I, D]</param>
/// <param name="Down">[E D, I]</param>
internal sealed record MixtureWeights(WeightMatrix Router, WeightMatrix? ChoiceBias, int NumExperts, WeightMatrix GateUp, WeightMatrix Down)
{
    public static MixtureWeights Load(ModelSource source, string prefix, ExpertNames names, MixtureShape shape)
    {
        var (hidden, intermediate) = (source.Config.HiddenSize, shape.IntermediateSize);
        var (experts, share) = (source.Parallel.ShareExperts(shape.Router.NumExperts), source.Parallel.ShareExpertWidth(intermediate));
        var (gateUp, down) = (source.NewMatrix(experts.Count * 2 * share.Count, hidden), source.NewMatrix(experts.Count * hidden, share.Count));
        for (var e = 0; e < experts.Count; e++)
        {
            var expert = $"{prefix}{names.Experts}{experts.First + e}.";
            gateUp.Load(source, $"{expert}{names.Gate}.weight", (intermediate, hidden), share, 0, e * 2 * share.Count);
            gateUp.Load(source, $"{expert}{names.Up}.weight", (intermediate, hidden), share, 0, (e * 2 + 1) * share.Count);
            down.Load(source, $"{expert}{names.Down}.weight", (hidden, intermediate), (0, hidden), share.First, e * hidden);
        }

        var all = shape.Router.NumExperts;
        var router = new WeightMatrix(source.Arena, all, hidden, ElementType.Float32);
        router.Load(source, prefix + names.Router, (all, hidden), (0, all), 0, 0);
        var bias = shape.HasChoiceBias && names.ChoiceBias is not null ? source.LoadVector(prefix + names.ChoiceBias, all, ElementType.Float32) : null;
        return new MixtureWeights(router, bias, experts.Count, gateUp, down);
    }
}
