using System.Runtime.ExceptionServices;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A thread a rank. All do the same at once; what one of them throws ends the others' waits, and is thrown to the caller.</summary>
/// <param name="threads">One a rank; the caller is the first.</param>
/// <param name="barrier">Where they wait for each other.</param>
/// <param name="stop">Ends what waits elsewhere, as on devices, when a rank has failed; it may be called by several ranks.</param>
internal sealed class RankTeam(WorkerTeam threads, RankBarrier barrier, Action? stop = null) : IParallelWork
{
    private IParallelWork? _work;

    /// <summary>Runs item i on rank i's thread, and returns when all have ended. A team that has failed once is not run again.</summary>
    public void Run(IParallelWork work)
    {
        _work = work;
        threads.RunOnEach(this);
        if (barrier.Fault is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    /// <summary>Runs an action with each rank; for what is not done step by step.</summary>
    public void Run(Action<int> action) => Run(new Delegated(action));

    void IParallelWork.Run(int rank)
    {
        try
        {
            _work!.Run(rank);
        }
        catch (Exception e)
        {
            barrier.Break(e);
            stop?.Invoke();
        }
    }

    private sealed class Delegated(Action<int> action) : IParallelWork
    {
        public void Run(int rank) => action(rank);
    }
}
