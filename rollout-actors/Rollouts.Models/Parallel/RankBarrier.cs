namespace Rollouts.Models;

/// <summary>Where ranks wait for each other. A rank that fails breaks it, so that no other waits for ever.</summary>
internal sealed class RankBarrier(int numRanks)
{
    private int _arrived;
    private volatile int _round;
    private volatile Exception? _fault;

    /// <summary>What broke it.</summary>
    public Exception? Fault => _fault;

    /// <summary>Returns when all ranks are here.</summary>
    /// <exception cref="RankStoppedException">One of them will not come.</exception>
    public void Await()
    {
        var round = _round;
        if (Interlocked.Increment(ref _arrived) == numRanks)
        {
            _arrived = 0;
            _round = round + 1;
            return;
        }

        // Steps take milliseconds and meet here a hundred times: sleeping would cost more than the work between.
        var spin = default(SpinWait);
        while (_round == round)
        {
            if (_fault is { } fault) throw new RankStoppedException(fault);
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Whoever waits, or comes, learns that a rank has failed.</summary>
    public void Break(Exception fault) => _fault ??= fault;
}

/// <summary>Another rank of the model has failed.</summary>
internal sealed class RankStoppedException(Exception cause) : Exception("another rank has failed: " + cause.Message, cause);
