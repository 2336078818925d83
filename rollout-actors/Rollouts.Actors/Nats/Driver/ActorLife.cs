namespace Rollouts.Actors.Nats;

/// <summary>
/// One life of an actor as the driver sees it. The moves: a new life is stale; it is healthy once it holds the current policy, and stale again when the policy moves on;
/// a healthy or stale one that is not heard of for two thirds of the lease is suspect, and what it was when it is heard of again; a suspect one whose lease has run out is dead,
/// as is any whose process is reported dead; a dead one stays dead. So dead never becomes healthy: the actor has to come back as another life, which is stale first.
/// </summary>
internal sealed class ActorLife
{
    /// <summary>A life that has just announced itself.</summary>
    public ActorLife(ActorRecord record, ulong revision, long currentVersion, long now)
    {
        Record = record;
        Renew(record, revision, currentVersion, now);
    }

    /// <summary>What it said last.</summary>
    public ActorRecord Record { get; private set; }

    /// <summary>The lease's revision.</summary>
    public ulong Revision { get; private set; }

    /// <summary>When it was last heard of.</summary>
    public long SeenAt { get; private set; }

    /// <summary>Its state.</summary>
    public ActorHealth Health { get; private set; } = ActorHealth.Stale;

    /// <summary>Whether it counts when work is given out.</summary>
    public bool TakesWork => Health is ActorHealth.Healthy or ActorHealth.Suspect && Record.Version == _currentVersion && Record.State == ActorState.Serving;

    private long _currentVersion;

    /// <summary>It was heard of.</summary>
    public void Renew(ActorRecord record, ulong revision, long currentVersion, long now)
    {
        if (Health == ActorHealth.Dead || revision < Revision) return;
        (Record, Revision, SeenAt, _currentVersion) = (record, revision, now, currentVersion);
        Health = record.Version == currentVersion ? ActorHealth.Healthy : ActorHealth.Stale;
    }

    /// <summary>The server has lost its lease: whatever it says next is newer.</summary>
    public void LeaseLost() => Revision = 0;

    /// <summary>It was not heard of for a while.</summary>
    public void Suspect()
    {
        if (Health != ActorHealth.Dead) Health = ActorHealth.Suspect;
    }

    /// <summary>Its lease has run out, or its process has ended.</summary>
    public void Die() => Health = ActorHealth.Dead;
}
