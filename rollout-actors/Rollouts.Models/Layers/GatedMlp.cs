using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, I this rank's part of the MLP's width.

/// <summary><c>down(silu(gate(x)) * up(x))</c>, gate and up merged into one matrix.</summary>
internal sealed class GatedMlp : IParallelWork, IDisposable
{
    private readonly ParallelLinear _gateUp;
    private readonly ParallelLinear _down;
    private ForwardScratch? _scratch;

    private GatedMlp(ParallelLinear gateUp, ParallelLinear down) => (_gateUp, _down) = (gateUp, down);

    public static GatedMlp Load(ModelSource source, string prefix)
    {
        var (from, config, parallel) = (source.Checkpoint, source.Config, source.Parallel);
        var share = parallel.Share(config.IntermediateSize);
        var gateUp = source.NewMatrix(2 * share.Count, config.HiddenSize);
        gateUp.Load(from, prefix + "gate_proj.weight", (config.IntermediateSize, config.HiddenSize), share, 0, 0);
        gateUp.Load(from, prefix + "up_proj.weight", (config.IntermediateSize, config.HiddenSize), share, 0, share.Count);
        var down = source.NewMatrix(config.HiddenSize, share.Count);
        down.Load(from, prefix + "down_proj.weight", (config.HiddenSize, config.IntermediateSize), (0, config.HiddenSize), share.First, 0);
        WeightMatrix? bias = null, downBias = null;
        if (config.MlpBias)
        {
            bias = source.NewMatrix(2 * share.Count, 1);
            bias.LoadVector(from, prefix + "gate_proj.bias", share, 0, config.IntermediateSize);
            bias.LoadVector(from, prefix + "up_proj.bias", share, share.Count, config.IntermediateSize);
        }

        if (config.MlpBias && parallel.Rank == 0)
        {
            downBias = source.NewMatrix(config.HiddenSize, 1);
            downBias.LoadVector(from, prefix + "down_proj.bias", (0, config.HiddenSize), 0);
        }

        return new GatedMlp(new ParallelLinear(source.Products, gateUp, bias), new ParallelLinear(source.Products, down, downBias, parallel));
    }

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, IWorkerTeam team)
    {
        _gateUp.Forward(scratch.Normed, scratch.GateUp, plan.NumTokens);     // [T, 2I]
        _scratch = scratch;
        team.Run(this, plan.NumTokens);                                      // [T, I]
        _down.Forward(scratch.Gated, scratch.Delta, plan.NumTokens);         // [T, D]
    }

    void IParallelWork.Run(int token) => SiluMul.Run(_scratch!.GateUp.Row(token), _scratch.Gated.Row(token), _scratch.Gated.Type, _scratch.Gated.Width);

    public void Dispose()
    {
        _gateUp.Dispose();
        _down.Dispose();
    }
}
