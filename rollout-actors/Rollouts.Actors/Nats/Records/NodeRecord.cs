namespace Rollouts.Actors.Nats;

/// <summary>What a node's agent says of it, and its lease: the value of key NAME in the nodes' bucket.</summary>
public sealed record NodeRecord
{
    /// <summary>Unique at the server.</summary>
    public required string Name { get; init; }

    /// <summary>This life of the agent.</summary>
    public required string Incarnation { get; init; }

    /// <summary>Its machine.</summary>
    public required string Host { get; init; }

    /// <summary>The agent's process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Actor processes that it runs at most.</summary>
    public required int Slots { get; init; }

    /// <summary>Where its actors may compute: <c>cpu</c>, <c>cuda:0</c>, …</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Whether it takes no more.</summary>
    public bool Draining { get; init; }

    /// <summary>What its slots do.</summary>
    public IReadOnlyList<SlotRecord> Actors { get; init; } = [];

    /// <summary>Pools that it cannot serve, and why: their actors ended at once with a fault that another try does not mend.</summary>
    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <summary>Slots that are free.</summary>
    public int Free => Draining ? 0 : Slots - Actors.Count;
}

/// <summary>One slot that is taken.</summary>
/// <param name="Job">The job.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Actor">The actor's name.</param>
/// <param name="State">What its process does.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="LastFault">How it ended last; null where it never did.</param>
public sealed record SlotRecord(string Job, string Pool, string Actor, SlotState State, int Restarts, string? LastFault = null);

/// <summary>What a slot's process does.</summary>
public enum SlotState
{
    /// <summary>Started; not yet heard of.</summary>
    Starting,

    /// <summary>It has joined.</summary>
    Running,

    /// <summary>It died; it is started again after a while.</summary>
    BackingOff,

    /// <summary>It leaves.</summary>
    Draining,
}

/// <summary>A pool that a node cannot serve.</summary>
/// <param name="Job">The job.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Reason">What the actor said last.</param>
public sealed record Refusal(string Job, string Pool, string Reason);

/// <summary>Asks a node to start one actor.</summary>
/// <param name="Job">The job.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Device">The kind of device: cpu or cuda.</param>
public sealed record StartActor(string Job, string Pool, string Device);
