using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, E experts, k chosen ones.

/// <summary>Chooses experts: a product and scores in float, whatever the model is held in, for near ties decide.</summary>
internal sealed unsafe class Router : IParallelWork
{
    private readonly ModelSource _source;
    private readonly WeightMatrix _weight;
    private readonly WeightMatrix? _bias;
    private readonly ExpertRouter _router;
    private readonly int _index;
    private MixtureScratch? _scratch;
    private StepPlan? _plan;
    private KvCache? _kv;

    public Router(ModelSource source, MixtureWeights weights, MixtureShape shape, int layer)
    {
        (_source, _weight, _bias, _router, _index) = (source, weights.Router, weights.ChoiceBias, shape.Router, shape.Layers.IndexOf(layer));
        source.Products.Reserve(_weight.Columns);
    }

    /// <summary>[T, D] to a plan of rows, and where asked for to the record of what was chosen.</summary>
    public void Run(Activations input, MixtureScratch scratch, StepPlan plan, KvCache kv, IWorkerTeam team)
    {
        (_scratch, _plan, _kv) = (scratch, plan, kv);
        _source.Products.Run(input, _weight, null, scratch.RouterLogits, plan.NumTokens);   // [T, E]
        team.Run(this, plan.NumTokens);                                                     // [T, k]
        scratch.Plan.Order(plan.NumTokens);
    }

    void IParallelWork.Run(int token)
    {
        var chosen = _scratch!.Plan.Chosen(token);
        _router.Choose((float*)_scratch.RouterLogits.Row(token), _bias is null ? null : (float*)_bias.Address, chosen, _scratch.Plan.Weights(token));
        _kv!.RoutedExperts?.Record(_plan!.Slots[token], _index, new ReadOnlySpan<int>(chosen, _router.NumChosen));
    }
}
