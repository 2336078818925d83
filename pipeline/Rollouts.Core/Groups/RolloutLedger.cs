namespace Rollouts;

/// <summary>Counts where rollouts go while a session runs. Safe to use from any thread.</summary>
/// <remarks>Invariant: a rollout is issued before it is attempted, and attempted or failed before it is decided.</remarks>
/// <param name="before">What earlier sessions of the folder decided; nothing of theirs is in flight any more.</param>
public sealed class RolloutLedger(RolloutAccounting before)
{
    private readonly Lock _lock = new();
    private RolloutAccounting _decided = before with { Issued = before.Decided, Cancelled = 0, InFlight = 0 };
    private long _issued;
    private long _attempts;

    /// <summary>Counts a group that starts.</summary>
    public void Issue(int rollouts) => Interlocked.Add(ref _issued, rollouts);

    /// <summary>Counts a group that is handed to an actor, again or for the first time.</summary>
    public void Attempt(int rollouts) => Interlocked.Add(ref _attempts, rollouts);

    /// <summary>The accounting as it will stand once these groups are durable. The counts are kept only by <see cref="Commit"/>.</summary>
    public RolloutAccounting With(IEnumerable<GroupCounts> groups)
    {
        lock (_lock) return Open(groups.Aggregate(_decided, (sum, counts) => sum.Add(counts)));
    }

    /// <summary>Keeps the counts of groups that have become durable.</summary>
    public void Commit(IEnumerable<GroupCounts> groups)
    {
        lock (_lock) _decided = groups.Aggregate(_decided, (sum, counts) => sum.Add(counts));
    }

    /// <summary>The accounting now, with what is not decided in flight.</summary>
    public RolloutAccounting Now => With([]);

    /// <summary>The accounting when the session stops: what is not decided is cancelled.</summary>
    public RolloutAccounting Closed => Now is var now ? now with { Cancelled = now.InFlight, InFlight = 0 } : now;

    private RolloutAccounting Open(RolloutAccounting decided)
    {
        var issued = before.Decided + Interlocked.Read(ref _issued);
        return decided with { Issued = issued, InFlight = issued - decided.Decided, Attempts = before.Attempts + Interlocked.Read(ref _attempts) };
    }
}
