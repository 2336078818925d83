using System.Runtime.ExceptionServices;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A model whose ranks are threads of this process, each with its part of every matrix and of the KV.</summary>
/// <remarks>Shoeybi et al. 2019, Megatron-LM, <see href="https://arxiv.org/abs/1909.08053"/>, section 3.</remarks>
internal sealed class ParallelModel : ILanguageModel
{
    private readonly WorkerTeam _ranks;
    private readonly DecoderModel?[] _models;
    private readonly OpenMpTeam[] _teams;
    private readonly RankGroup _group;
    private readonly OnRank _onRank;

    /// <param name="load">Makes one rank's model, on that rank's thread.</param>
    /// <param name="ranks">A thread a rank; the caller's.</param>
    /// <param name="threads">Of each rank.</param>
    public ParallelModel(Func<ParallelContext, IWorkerTeam, DecoderModel> load, ParallelPlan plan, WorkerTeam ranks, int threads)
    {
        (_ranks, _group, _models) = (ranks, new RankGroup(plan.NumRanks), new DecoderModel?[plan.NumRanks]);
        _teams = [.. Enumerable.Range(0, plan.NumRanks).Select(_ => new OpenMpTeam(threads))];
        _onRank = new OnRank(_group.Barrier, threads);
        try
        {
            Run(rank => _models[rank] = load(new ParallelContext(rank, plan.TensorParallel, _group.For(rank), plan.ExpertParallel), _teams[rank]));
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

    public void ReserveKv(int blockSize, int numBlocks) => Run(rank => _models[rank]!.ReserveKv(blockSize, numBlocks));

    public ReadOnlySpan<byte> RoutedExperts(int slot) => _models[0]!.RoutedExperts(slot);

    public void Forward(StepPlan plan, Activations logits)
    {
        _onRank.Step = (_models, plan, logits);
        Finish();
    }

    public void Dispose()
    {
        foreach (var model in _models) model?.Dispose();
        foreach (var team in _teams) team.Dispose();
    }

    private void Run(Action<int> action)
    {
        _onRank.Action = action;
        Finish();
    }

    /// <summary>The first rank that failed says why; a model that has failed once is not run again.</summary>
    private void Finish()
    {
        _ranks.RunOnEach(_onRank);
        _onRank.Action = null;
        if (_group.Barrier.Fault is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    /// <summary>One rank's part of what all do: a step, which allocates nothing, or something else.</summary>
    private sealed class OnRank(RankBarrier barrier, int threads) : IParallelWork
    {
        public Action<int>? Action { get; set; }

        public (DecoderModel?[] Models, StepPlan Plan, Activations Logits) Step { get; set; }

        void IParallelWork.Run(int rank)
        {
            try
            {
                if (Action is not null)
                {
                    Action(rank);
                    return;
                }

                RankThread.Prepare(threads);
                Step.Models[rank]!.Forward(Step.Plan, Step.Logits);
            }
            catch (Exception e)
            {
                barrier.Break(e);
            }
        }
    }
}
