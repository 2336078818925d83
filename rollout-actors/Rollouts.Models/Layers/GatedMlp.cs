using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, I this rank's part of the MLP's width.

/// <summary><c>down(silu(gate(x)) * up(x))</c>, gate and up merged into one matrix.</summary>
internal sealed class GatedMlp : IFeedForward, IParallelWork
{
    private readonly ParallelLinear _gateUp;
    private readonly ParallelLinear _down;
    private GatedScratch? _scratch;

    private GatedMlp(ParallelLinear gateUp, ParallelLinear down) => (_gateUp, _down) = (gateUp, down);

    /// <param name="width">Of all ranks together.</param>
    /// <param name="hasBias">Whether the three matrices have biases.</param>
    /// <param name="reduces">False where the caller adds something to the partial sums before they are reduced.</param>
    public static GatedMlp Load(ModelSource source, string prefix, int width, bool hasBias, bool reduces = true)
    {
        var (hidden, parallel) = (source.Config.HiddenSize, source.Parallel);
        var share = parallel.Share(width);
        var gateUp = source.NewMatrix(2 * share.Count, hidden);
        gateUp.Load(source, prefix + "gate_proj.weight", (width, hidden), share, 0, 0);
        gateUp.Load(source, prefix + "up_proj.weight", (width, hidden), share, 0, share.Count);
        var down = source.LoadColumns(prefix + "down_proj.weight", (hidden, width), share);
        var (bias, downBias) = hasBias ? LoadBiases(source, prefix, width, share) : (null, null);
        return new GatedMlp(new ParallelLinear(source.Products, gateUp, bias), new ParallelLinear(source.Products, down, downBias, reduces ? parallel : null));
    }

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, IWorkerTeam team)
    {
        _scratch = scratch.GatedOf(_down.InputWidth);
        _gateUp.Forward(scratch.Normed, _scratch.GateUp, plan.NumTokens);    // [T, 2I]
        team.Run(this, plan.NumTokens);                                      // [T, I]
        _down.Forward(_scratch.Gated, scratch.Delta, plan.NumTokens);        // [T, D]
    }

    void IParallelWork.Run(int token) => SiluMul.Run(_scratch!.GateUp.Row(token), _scratch.Gated.Row(token), _scratch.Gated.Type, _scratch.Gated.Width);

    public void Dispose()
    {
        _gateUp.Dispose();
        _down.Dispose();
    }

    /// <summary>Each rank's partial sum is reduced, so only one of them adds the last bias.</summary>
    private static (WeightMatrix GateUp, WeightMatrix? Down) LoadBiases(ModelSource source, string prefix, int width, (int First, int Count) share)
    {
        var gateUp = source.NewMatrix(2 * share.Count, 1);
        gateUp.LoadVector(source.Checkpoint, prefix + "gate_proj.bias", share, 0, width);
        gateUp.LoadVector(source.Checkpoint, prefix + "up_proj.bias", share, share.Count, width);
        if (source.Parallel.Rank != 0) return (gateUp, null);
        var down = source.NewMatrix(source.Config.HiddenSize, 1);
        down.LoadVector(source.Checkpoint, prefix + "down_proj.bias", (0, source.Config.HiddenSize), 0);
        return (gateUp, down);
    }
}
