namespace Rollouts.Actors.Nats;

/// <summary>What the driver makes of an actor.</summary>
public enum ActorHealth
{
    /// <summary>It is there, but does not hold the current policy: it gets no work.</summary>
    Stale,

    /// <summary>It renews its lease and may have work.</summary>
    Healthy,

    /// <summary>It has missed two renewals. It keeps what it has.</summary>
    Suspect,

    /// <summary>Its lease has run out, or its agent saw it die. This life of it never comes back: it is fenced.</summary>
    Dead,
}
