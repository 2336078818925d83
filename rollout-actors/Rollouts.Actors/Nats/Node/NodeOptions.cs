using System.Collections.Immutable;
using System.Diagnostics;

namespace Rollouts.Actors.Nats;

/// <summary>What a node's agent is told.</summary>
public sealed record NodeOptions
{
    /// <summary>The server.</summary>
    public required NatsSettings Settings { get; init; }

    /// <summary>The node's name, unique at the server.</summary>
    public required string Name { get; init; }

    /// <summary>Actor processes at most.</summary>
    public required int Slots { get; init; }

    /// <summary>Where they may compute.</summary>
    public ImmutableArray<string> Devices { get; init; } = ["cpu"];

    /// <summary>How an actor's process is started.</summary>
    public required Func<SlotOrder, ProcessStartInfo> Command { get; init; }

    /// <summary>Lines for a person.</summary>
    public Action<string> Log { get; init; } = _ => { };
}

/// <summary>One actor to start.</summary>
/// <param name="Number">The slot, from 0.</param>
/// <param name="Job">The job.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Actor">The actor's name.</param>
/// <param name="Device">Where it computes.</param>
public sealed record SlotOrder(int Number, string Job, string Pool, string Actor, string Device);
