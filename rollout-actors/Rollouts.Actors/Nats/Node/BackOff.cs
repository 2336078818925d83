namespace Rollouts.Actors.Nats;

/// <summary>How long to wait before a process is started again: twice as long each time, until it has lived for a while.</summary>
internal sealed class BackOff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(60);

    private TimeSpan _next = First;
    private long _startedAt = time.GetTimestamp();

    /// <summary>The process starts.</summary>
    public void Started() => _startedAt = time.GetTimestamp();

    /// <summary>The process has ended: what to wait now.</summary>
    public TimeSpan Next()
    {
        if (time.GetElapsedTime(_startedAt) > Recovered) _next = First;
        var wait = _next;
        _next = wait * 2 < Longest ? wait * 2 : Longest;
        return wait;
    }
}
