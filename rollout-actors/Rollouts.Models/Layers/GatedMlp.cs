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

    /// <param name="reduces">False where the caller adds something to the partial sums before they are reduced.</param>
    /// <inheritdoc cref="GatedWeights.Load"/>
    public static GatedMlp Load(ModelSource source, string prefix, int width, bool hasBias, bool reduces = true)
    {
        var weights = GatedWeights.Load(source, prefix, width, hasBias);
        return new GatedMlp(
            new ParallelLinear(source.Products, weights.GateUp, weights.GateUpBias), new ParallelLinear(source.Products, weights.Down, weights.DownBias, reduces ? source.Parallel : null));
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
}
