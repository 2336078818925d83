using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: R rows, D model width, V vocabulary; each rank has some of the vocabulary's rows.

/// <summary>The embedding table and the head, which are one matrix in tied models.</summary>
internal sealed unsafe class LanguageHead : IParallelWork, IDisposable
{
    private readonly WeightMatrix _embedding;
    private readonly ParallelLinear _head;
    private readonly ParallelContext _parallel;
    private readonly int _first;
    private readonly Activations? _part;
    private StepPlan? _plan;
    private Activations? _residual;

    private LanguageHead(WeightMatrix embedding, ParallelLinear head, ParallelContext parallel, int first, Activations? part) =>
        (_embedding, _head, _parallel, _first, _part) = (embedding, head, parallel, first, part);

    public static LanguageHead Load(ModelSource source, int maxRows)
    {
        var weights = HeadWeights.Load(source);
        var part = source.Parallel.Size > 1 ? new Activations(maxRows, weights.Count, source.Type) : null;
        return new LanguageHead(weights.Embedding, new ParallelLinear(source.Products, weights.Head, null), source.Parallel, weights.First, part);
    }

    /// <summary>[T] ids to [T, D].</summary>
    public void Embed(StepPlan plan, Activations residual, IWorkerTeam team)
    {
        (_plan, _residual) = (plan, residual);
        team.Run(this, plan.NumTokens);
        _parallel.Collective?.AllReduce(residual, plan.NumTokens);
    }

    /// <summary>[R, D] to [R, V].</summary>
    public void Logits(Activations input, Activations logits, int rows)
    {
        _head.Forward(input, _part ?? logits, rows);
        if (_part is not null) _parallel.Collective!.GatherColumns(_part, logits, _first, rows);
    }

    void IParallelWork.Run(int token)
    {
        var row = _plan!.TokenIds[token] - _first;
        var to = (float*)_residual!.Row(token);
        // Another rank has it: the sum over the ranks brings it here.
        if (row < 0 || row >= _embedding.Rows) new Span<float>(to, _residual.Width).Clear();
        else Embedding.Gather(_embedding.Address, _embedding.Type, row, to, _residual.Width);
    }

    public void Dispose()
    {
        _head.Dispose();
        _part?.Dispose();
    }
}
