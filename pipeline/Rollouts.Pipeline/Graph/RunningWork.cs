namespace Rollouts.Pipeline;

/// <summary>Counts the delegates that run. Once closed, no other begins, and its end can be awaited.</summary>
internal sealed class RunningWork
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _closed;

    /// <summary>One begins; disposing ends it.</summary>
    /// <exception cref="RunStoppedException">The run has been stopped.</exception>
    public Lease Enter()
    {
        lock (_lock)
        {
            if (_closed) throw new RunStoppedException(new OperationCanceledException("The run has been stopped."));
            _running++;
            return new Lease(this);
        }
    }

    /// <summary>Lets no other begin and waits until none runs.</summary>
    public Task EndedAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_running == 0) _ended.TrySetResult();
            return _ended.Task;
        }
    }

    private void Leave()
    {
        lock (_lock)
            if (--_running == 0 && _closed) _ended.TrySetResult();
    }

    /// <summary>A delegate that runs.</summary>
    public readonly struct Lease(RunningWork work) : IDisposable
    {
        public void Dispose() => work.Leave();
    }
}
