using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Brings groups to actors and their results back.</summary>
public interface IRolloutTransport : IAsyncDisposable
{
    /// <summary>Groups that may ever be under way or wait for room at once.</summary>
    int MaxGroupsInFlight(int siblings);

    /// <summary>Waits until there is room for one more group: actors may come and go meanwhile.</summary>
    /// <exception cref="OperationCanceledException">It was not to wait any longer.</exception>
    ValueTask<IRolloutSeat> ReserveAsync(CancellationToken stopping);

    /// <summary>Says that these groups are durable: nobody needs to keep their work or their results any more.</summary>
    void Settle(IReadOnlyCollection<GroupId> groups);

    /// <summary>The actors' loads, for progress and metrics.</summary>
    ImmutableArray<ActorLoad> Loads { get; }

    /// <summary>One line for whoever looks at a run that does not move: what it waits for. Empty where there is nothing to say beside <see cref="Loads"/>.</summary>
    string Waiting { get; }
}

/// <summary>Room for one group, given back by disposal.</summary>
public interface IRolloutSeat : IDisposable
{
    /// <summary>Generates one group on an actor that has room. Cancelling the token aborts it: its completions then end as aborted.</summary>
    /// <remarks>Never throws for what a group can suffer: that is in the completions.</remarks>
    Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort);
}
