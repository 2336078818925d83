namespace Rollouts.Models;

// Shapes: D model width, I this rank's part of the MLP's width.

/// <summary>The weights of a gated MLP, on whatever device their source loads to.</summary>
/// <param name="GateUp">[2I, D]</param>
/// <param name="GateUpBias">[2I], or null.</param>
/// <param name="Down">[D, I]</param>
/// <param name="DownBias">[D], or null.</param>
internal sealed record GatedWeights(WeightMatrix GateUp, WeightMatrix? GateUpBias, WeightMatrix Down, WeightMatrix? DownBias)
{
    /// <param name="width">Of all ranks together.</param>
    /// <param name="hasBias">Whether the three matrices have biases.</param>
    public static GatedWeights Load(ModelSource source, string prefix, int width, bool hasBias)
    {
        var hidden = source.Config.HiddenSize;
        var share = source.Parallel.ShareWidth(width);
        var gateUp = source.NewMatrix(2 * share.Count, hidden);
        gateUp.Load(source, prefix + "gate_proj.weight", (width, hidden), share, 0, 0);
        gateUp.Load(source, prefix + "up_proj.weight", (width, hidden), share, 0, share.Count);
        var down = source.LoadColumns(prefix + "down_proj.weight", (hidden, width), share);
        var (bias, downBias) = hasBias ? LoadBiases(source, prefix, width, share) : (null, null);
        return new GatedWeights(gateUp, bias, down, downBias);
    }

    /// <summary>Each rank's partial sum is reduced, so only one of them adds the last bias.</summary>
    private static (WeightMatrix GateUp, WeightMatrix? Down) LoadBiases(ModelSource source, string prefix, int width, (int First, int Count) share)
    {
        var gateUp = source.NewMatrix(2 * share.Count, 1);
        gateUp.LoadVector(source, prefix + "gate_proj.bias", share, 0, width);
        gateUp.LoadVector(source, prefix + "up_proj.bias", share, share.Count, width);
        if (source.Parallel.Rank != 0) return (gateUp, null);
        var down = source.NewMatrix(source.Config.HiddenSize, 1);
        down.LoadVector(source, prefix + "down_proj.bias", (0, source.Config.HiddenSize), 0);
        return (gateUp, down);
    }
}
