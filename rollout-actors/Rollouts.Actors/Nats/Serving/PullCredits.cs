namespace Rollouts.Actors.Nats;

/// <summary>
/// Counts groups that an actor has room for: free ones, and those that open pulls wait for. A group that comes, or a pull that runs out, is taken off the oldest pull:
/// a pull of which something is left after its time was lost on the way.
/// </summary>
/// <remarks>Every place that a pull asked for comes back once, as a group or as a rest; so the oldest are used up by the time that they have run out.</remarks>
internal sealed class PullCredits(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(int Left, long Since)> _pulls = [];
    private int _free;
    private int _awaited;

    /// <summary>Groups that pulls wait for.</summary>
    public int Awaited
    {
        get { lock (_lock) return _awaited; }
    }

    /// <summary>Adds room that has become free.</summary>
    public void Free(int groups)
    {
        lock (_lock) _free += groups;
    }

    /// <summary>A group came.</summary>
    public void Came()
    {
        lock (_lock) Settle(1);
    }

    /// <summary>A pull ran out before so many groups came.</summary>
    public void RanOut(int rest)
    {
        lock (_lock) _free += Settle(rest);
    }

    /// <summary>Pulls older than this were lost: what they waited for is free again.</summary>
    public void Expire(TimeSpan age)
    {
        lock (_lock)
            while (_pulls.First is { } oldest && time.GetElapsedTime(oldest.Value.Since) > age) _free += Settle(oldest.Value.Left);
    }

    /// <summary>
    /// How many groups to pull for now. While open pulls wait for more groups than there is room beside them, another would bring nothing sooner: a pull costs as much as a message.
    /// </summary>
    public int Take()
    {
        lock (_lock)
        {
            if (_free <= _awaited) return 0;
            var asked = _free;
            _pulls.AddLast((asked, time.GetTimestamp()));
            _awaited += asked;
            _free = 0;
            return asked;
        }
    }

    /// <summary>All room, when nothing is awaited any more.</summary>
    public int TakeAll()
    {
        lock (_lock)
        {
            var all = _free + _awaited;
            (_free, _awaited) = (0, 0);
            _pulls.Clear();
            return all;
        }
    }

    private int Settle(int groups)
    {
        var settled = 0;
        while (settled < groups && _pulls.First is { } oldest)
        {
            var taken = Math.Min(groups - settled, oldest.Value.Left);
            settled += taken;
            oldest.Value = (oldest.Value.Left - taken, oldest.Value.Since);
            if (oldest.Value.Left == 0) _pulls.RemoveFirst();
        }

        _awaited -= settled;
        return settled;
    }
}
