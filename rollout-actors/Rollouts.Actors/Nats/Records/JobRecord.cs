namespace Rollouts.Actors.Nats;

/// <summary>What actors need to know of a job: the value of key <c>job</c>.</summary>
public sealed record JobRecord
{
    /// <summary>The version of all records and messages of control.</summary>
    public const int CurrentSchema = 1;

    /// <summary><see cref="CurrentSchema"/>.</summary>
    public int Schema { get; init; } = CurrentSchema;

    /// <summary>The run of the output folder: a folder begun anew is another run, whose driver takes over none of this one's work.</summary>
    public required string RunId { get; init; }

    /// <summary>Whether work may still come.</summary>
    public required JobState State { get; init; }

    /// <summary>The resolved recipe, as YAML.</summary>
    public required string Recipe { get; init; }

    /// <summary>By pool, the fingerprint of its model's files, which its actors' must have too: lines <c>name value</c>.</summary>
    public required IReadOnlyDictionary<string, string> Fingerprints { get; init; }

    /// <summary>The lease of actors, seconds.</summary>
    public required double LeaseSeconds { get; init; }

    /// <summary>The policy that actors must hold to serve.</summary>
    public long Version { get; init; }

    /// <summary>Whether actors publish tokens as they come.</summary>
    public bool Deltas { get; init; }
}

/// <summary>Whether work may still come.</summary>
public enum JobState
{
    /// <summary>It is driven, or its driver may come back.</summary>
    Running,

    /// <summary>All is decided: actors go home.</summary>
    Ended,
}
