using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, E experts, k chosen ones, I this rank's part of an expert's width; rows are (token, expert) pairs ordered by expert.

/// <summary>
/// Routed experts: a router in float chooses and weighs k experts for each token, rows are ordered by expert so that each expert's weights are read once a step,
/// and the experts' outputs are summed in the order of the choice, upon what a shared expert says of all tokens.
/// </summary>
internal sealed class MixtureOfExperts : IFeedForward
{
    private readonly Router _router;
    private readonly ExpertLinear _gateUp;
    private readonly ExpertLinear _down;
    private readonly GatedMlp? _shared;
    private readonly ParallelContext _parallel;
    private readonly ExpertRows _rows = new();

    private MixtureOfExperts(Router router, ExpertLinear gateUp, ExpertLinear down, GatedMlp? shared, ParallelContext parallel) =>
        (_router, _gateUp, _down, _shared, _parallel) = (router, gateUp, down, shared, parallel);

    public static MixtureOfExperts Load(ModelSource source, string prefix, ExpertNames names, MixtureShape shape, int layer)
    {
        var weights = MixtureWeights.Load(source, prefix, names, shape);
        var shared = names.Shared is not null && shape.SharedSize > 0 ? GatedMlp.Load(source, prefix + names.Shared, shape.SharedSize, hasBias: false, reduces: false) : null;
        return new MixtureOfExperts(
            new Router(source, weights, shape, layer), new ExpertLinear(source.Products, weights.GateUp, weights.NumExperts), new ExpertLinear(source.Products, weights.Down, weights.NumExperts), shared, source.Parallel);
    }

    /// <summary>The experts' matrices.</summary>
    public (ExpertLinear GateUp, ExpertLinear Down) Experts => (_gateUp, _down);

    /// <summary>[T, D] to [T, D].</summary>
    public void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, IWorkerTeam team)
    {
        var of = scratch.Mixture!;
        _router.Run(scratch.Normed, of, plan, kv, team);                       // [T, k] experts and weights
        _shared?.Forward(scratch, plan, kv, team);                             // [T, D]
        _rows.Gather(scratch.Normed, of, team);                                // [rows, D]
        _gateUp.Forward(of.Plan, of.Rows, of.Gated.GateUp, team);              // [rows, 2I]
        _rows.Gate(of, team);                                                  // [rows, I]
        _down.Forward(of.Plan, of.Gated.Gated, of.Outputs, team);              // [rows, D]
        _rows.Combine(of, scratch.Delta, plan.NumTokens, _shared is not null, team);   // [T, D]
        _parallel.Collective?.AllReduce(scratch.Delta, plan.NumTokens);
    }

    public void Dispose()
    {
        _gateUp.Dispose();
        _down.Dispose();
        _shared?.Dispose();
    }
}
