using System.Diagnostics;

namespace Rollouts.Models;

/// <summary>Where ranks wait for each other. A rank that fails, or does not come in time, breaks it: no other waits for ever.</summary>
/// <param name="deadline">How long a rank may be away. Steps take milliseconds, the largest prompts minutes.</param>
internal sealed class RankBarrier(int numRanks, TimeSpan deadline)
{
    /// <summary>Looks between two looks at the clock.</summary>
    private const int SpinsPerLook = 1000;

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
        if (Interlocked.Increment(ref _arrived) < numRanks)
        {
            WaitFor(round);
            return;
        }

        _arrived = 0;
        _round = round + 1;
    }

    /// <summary>Whoever waits, or comes, learns that a rank has failed.</summary>
    public void Break(Exception fault) => _fault ??= fault;

    /// <summary>Ranks meet a hundred times in a step of milliseconds: sleeping would cost more than the work between.</summary>
    private void WaitFor(int round)
    {
        var (spin, spins, start) = (default(SpinWait), 0, 0L);
        while (_round == round)
        {
            if (_fault is { } fault) throw new RankStoppedException(fault);
            spin.SpinOnce(sleep1Threshold: -1);
            if (++spins % SpinsPerLook != 0) continue;
            if (start == 0) start = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(start) > deadline) Break(new TimeoutException($"a rank did not come to the others within {deadline}"));
        }
    }
}

/// <summary>Another rank of the model has failed.</summary>
public sealed class RankStoppedException(Exception cause) : Exception("another rank has failed: " + cause.Message, cause);
