namespace Rollouts.Actors.Nats;

/// <summary>What an actor says of itself, and its lease: the value of key <c>actors.NAME</c>, put again every third of the lease.</summary>
public sealed record ActorRecord
{
    /// <summary>Unique in the job.</summary>
    public required string Name { get; init; }

    /// <summary>The pool that it serves.</summary>
    public required string Pool { get; init; }

    /// <summary>This life of it: another after every restart, and after every death that it outlived.</summary>
    public required string Incarnation { get; init; }

    /// <summary>What it does about work.</summary>
    public required ActorState State { get; init; }

    /// <summary>The node whose agent started it; null for one that joined by itself.</summary>
    public string? Node { get; init; }

    /// <summary>Its machine.</summary>
    public required string Host { get; init; }

    /// <summary>Its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Where it computes.</summary>
    public required string Device { get; init; }

    /// <summary>The policy that it holds.</summary>
    public long Version { get; init; }

    /// <summary>Sequences at once.</summary>
    public required int MaxRunning { get; init; }

    /// <summary>Groups that it holds: their keys.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Its engine's load.</summary>
    public EngineLoad Load { get; init; }

    /// <summary>Completion tokens a second since the last renewal.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>Orders and token deltas that its process lost, because they came or went too fast. What an order says is learnt otherwise too, and deltas are best effort.</summary>
    public long Dropped { get; init; }

    /// <summary>When this life began.</summary>
    public required DateTimeOffset StartedAt { get; init; }
}

/// <summary>What an actor does about work.</summary>
public enum ActorState
{
    /// <summary>It pulls groups as it has room.</summary>
    Serving,

    /// <summary>It takes no more and finishes, or hands back, what it has.</summary>
    Draining,
}
