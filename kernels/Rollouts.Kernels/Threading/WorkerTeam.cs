namespace Rollouts.Kernels;

/// <summary>
/// A fixed team of threads for the kernels of a step: no allocation, no thread pool. The caller works too.
/// Workers look for work a short while before they sleep, for the next kernel comes within microseconds. Used by one caller at a time.
/// </summary>
public sealed class WorkerTeam : IWorkerTeam
{
    private const int Spins = 200;
    private const int OneEach = -1;

    private readonly Thread[] _threads;
    private readonly Bed[] _beds;
    private IParallelWork? _work;
    private int _items;
    private int _next;
    private int _left;
    private volatile int _round;
    private volatile bool _stopping;

    /// <param name="threads">At least one; the caller is one of them.</param>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threads = new Thread[threads - 1];
        _beds = [.. Enumerable.Range(0, threads - 1).Select(_ => new Bed())];
        for (var i = 0; i < _threads.Length; i++)
        {
            var (bed, index) = (_beds[i], i + 1);
            _threads[i] = new Thread(() => Serve(bed, index)) { IsBackground = true, Name = $"kernel worker {i + 1}" };
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

        Begin(work, items);
        Take(work, items);
        End();
    }

    /// <summary>Runs one item on each thread: item i on thread i, all at once, so that they may wait for each other. The caller is thread 0.</summary>
    public void RunOnEach(IParallelWork work)
    {
        Begin(work, OneEach);
        work.Run(0);
        End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _round);
        foreach (var bed in _beds) bed.Wake();
        foreach (var thread in _threads) thread.Join();
    }

    private void Begin(IParallelWork work, int items)
    {
        _work = work;
        _items = items;
        Volatile.Write(ref _left, _threads.Length);
        Volatile.Write(ref _next, 0);
        Interlocked.Increment(ref _round);
        foreach (var bed in _beds) bed.Wake();
    }

    private void End()
    {
        var spin = default(SpinWait);
        while (Volatile.Read(ref _left) > 0) spin.SpinOnce(sleep1Threshold: -1);
        _work = null;
    }

    private void Take(IParallelWork work, int items)
    {
        while (Interlocked.Increment(ref _next) - 1 is var item && item < items) work.Run(item);
    }

    private void Serve(Bed bed, int index)
    {
        for (var seen = 0; ; seen++)
        {
            AwaitRound(seen, bed);
            if (_stopping) return;
            if (_items == OneEach) _work!.Run(index);
            else Take(_work!, _items);
            Interlocked.Decrement(ref _left);
        }
    }

    private void AwaitRound(int seen, Bed bed)
    {
        for (var i = 0; i < Spins; i++)
        {
            if (_round != seen) return;
            Thread.SpinWait(20);
        }

        while (_round == seen) bed.Sleep(this, seen);
    }

    /// <summary>
    /// Where one worker sleeps. Each has its own, or a quick worker could take the wake-up of a slow one.
    /// Invariant: a permit is given exactly when the flag goes from asleep to awake by <see cref="Wake"/>.
    /// </summary>
    private sealed class Bed
    {
        private readonly SemaphoreSlim _permit = new(0, 1);
        private int _asleep;

        public void Wake()
        {
            if (Interlocked.Exchange(ref _asleep, 0) == 1) _permit.Release();
        }

        /// <summary>Sleeps unless there is work by now: a round that began before the flag was up wakes nobody.</summary>
        public void Sleep(WorkerTeam team, int seen)
        {
            Interlocked.Exchange(ref _asleep, 1);
            if (team._round != seen && Interlocked.Exchange(ref _asleep, 0) == 1) return;
            _permit.Wait();
        }
    }
}
