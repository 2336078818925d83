namespace Rollouts.Kernels;

/// <summary>Work cut into items that may run in any order, on any thread.</summary>
public interface IParallelWork
{
    /// <summary>Does one item.</summary>
    void Run(int item);
}

/// <summary>
/// A fixed team of threads for the kernels of a step: no allocation, no thread pool. The caller works too.
/// Workers look for work a short while before they sleep, for the next kernel comes within microseconds. Used by one caller at a time.
/// </summary>
public sealed class WorkerTeam : IDisposable
{
    private const int Spins = 200;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private IParallelWork? _work;
    private int _items;
    private int _next;
    private int _left;
    private int _sleeping;
    private volatile int _round;
    private volatile bool _stopping;

    /// <param name="threads">At least one; the caller is one of them.</param>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Serve) { IsBackground = true, Name = $"kernel worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads, the caller included.</summary>
    public int Count => _threads.Length + 1;

    /// <summary>Runs all items and returns when the last has ended.</summary>
    public void Run(IParallelWork work, int items)
    {
        if (items <= 1 || _threads.Length == 0)
        {
            for (var i = 0; i < items; i++) work.Run(i);
            return;
        }

        _work = work;
        _items = items;
        Volatile.Write(ref _left, _threads.Length);
        Volatile.Write(ref _next, 0);
        Interlocked.Increment(ref _round);
        if (Volatile.Read(ref _sleeping) is var asleep and > 0) _wake.Release(asleep);
        Take(work, items);
        var spin = default(SpinWait);
        while (Volatile.Read(ref _left) > 0) spin.SpinOnce(sleep1Threshold: -1);
        _work = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _round);
        _wake.Release(_threads.Length);
        foreach (var thread in _threads) thread.Join();
        _wake.Dispose();
    }

    private void Take(IParallelWork work, int items)
    {
        while (Interlocked.Increment(ref _next) - 1 is var item && item < items) work.Run(item);
    }

    private void Serve()
    {
        for (var seen = 0; ; seen++)
        {
            AwaitRound(seen);
            if (_stopping) return;
            Take(_work!, _items);
            Interlocked.Decrement(ref _left);
        }
    }

    // A worker counts itself as sleeping before it looks a last time, so that a round begun in between either is seen here or wakes it.
    private void AwaitRound(int seen)
    {
        for (var i = 0; i < Spins; i++)
        {
            if (_round != seen) return;
            Thread.SpinWait(20);
        }

        while (_round == seen)
        {
            Interlocked.Increment(ref _sleeping);
            if (_round == seen) _wake.Wait();
            Interlocked.Decrement(ref _sleeping);
        }
    }
}
