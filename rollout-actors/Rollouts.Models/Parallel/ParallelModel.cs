using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A model whose ranks are threads of this process, each with its part of every matrix and of the KV.</summary>
/// <remarks>Shoeybi et al. 2019, Megatron-LM, <see href="https://arxiv.org/abs/1909.08053"/>, section 3.</remarks>
internal sealed class ParallelModel : ILanguageModel, IParallelWork
{
    private readonly RankTeam _ranks;
    private readonly DecoderModel?[] _models;
    private readonly OpenMpTeam[] _teams;
    private readonly int _threads;
    private (StepPlan Plan, Activations Logits) _step;

    /// <param name="load">Makes one rank's model, on that rank's thread.</param>
    /// <param name="ranks">A thread a rank; the caller's.</param>
    /// <param name="threads">Of each rank.</param>
    public ParallelModel(Func<ParallelContext, IWorkerTeam, DecoderModel> load, ParallelPlan plan, WorkerTeam ranks, int threads)
    {
        var group = new RankGroup(plan.NumRanks);
        (_ranks, _models, _threads) = (new RankTeam(ranks, group.Barrier), new DecoderModel?[plan.NumRanks], threads);
        _teams = [.. Enumerable.Range(0, plan.NumRanks).Select(_ => new OpenMpTeam(threads))];
        try
        {
            _ranks.Run(rank => _models[rank] = load(new ParallelContext(rank, plan.TensorParallel, group.For(rank), plan.ExpertParallel), _teams[rank]));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ModelConfig Config => _models[0]!.Config;

    public ElementType Type => _models[0]!.Type;

    public long KvBlockBytes(int blockSize) => _models.Sum(m => m!.KvBlockBytes(blockSize));

    public void ReserveKv(int blockSize, int numBlocks) => _ranks.Run(rank => _models[rank]!.ReserveKv(blockSize, numBlocks));

    public ReadOnlySpan<byte> RoutedExperts(int slot) => _models[0]!.RoutedExperts(slot);

    public void Forward(StepPlan plan, Activations logits)
    {
        _step = (plan, logits);
        _ranks.Run(this);
    }

    /// <summary>One rank's part of a step; allocates nothing.</summary>
    void IParallelWork.Run(int rank)
    {
        RankThread.Prepare(_threads);
        _models[rank]!.Forward(_step.Plan, _step.Logits);
    }

    public void Dispose()
    {
        foreach (var model in _models) model?.Dispose();
        foreach (var team in _teams) team.Dispose();
    }
}
