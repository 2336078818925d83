using System.Collections.Immutable;

namespace Rollouts.Actors.Nats;

/// <summary>What the driver's end of the transport needs to know.</summary>
public sealed record DriverOptions
{
    /// <summary>The server, and the lease.</summary>
    public required NatsSettings Settings { get; init; }

    /// <summary>The job's name.</summary>
    public required string Job { get; init; }

    /// <summary>The job's record, which actors read.</summary>
    public required JobRecord Record { get; init; }

    /// <summary>The recipe's pools.</summary>
    public required ImmutableArray<PoolDemand> Demands { get; init; }

    /// <summary>Their names.</summary>
    public ImmutableArray<string> Pools => [.. Demands.Select(d => d.Name)];

    /// <summary>Rollouts a group.</summary>
    public required int Siblings { get; init; }

    /// <summary>Groups that may wait for room or be under way at once.</summary>
    public int MaxGroupsInFlight { get; init; } = 4096;

    /// <summary>Groups to bytes.</summary>
    public required IRolloutCodec Codec { get; init; }

    /// <summary>Whether an earlier session decided a group.</summary>
    public required Func<GroupId, bool> IsDecided { get; init; }

    /// <summary>Actor processes that may die under a group before it is set aside.</summary>
    public int MaxDeaths { get; init; } = 4;

    /// <summary>How long a pool may be without actors before its groups go to another.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(10);
}
