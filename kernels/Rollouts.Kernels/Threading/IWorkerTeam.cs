namespace Rollouts.Kernels;

/// <summary>Work cut into items that may run in any order, on any thread.</summary>
public interface IParallelWork
{
    /// <summary>Does one item.</summary>
    void Run(int item);
}

/// <summary>Threads that share the items of a kernel. Used by one caller at a time.</summary>
public interface IWorkerTeam : IDisposable
{
    /// <summary>Threads, the caller included.</summary>
    int Count { get; }

    /// <summary>Runs all items and returns when the last has ended.</summary>
    void Run(IParallelWork work, int items);
}
