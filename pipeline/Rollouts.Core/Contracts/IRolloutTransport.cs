using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Brings groups to actors and their results back.</summary>
public interface IRolloutTransport : IAsyncDisposable
{
    /// <summary>Groups that may be under way at once: what the actors have announced room for, and a little beside.</summary>
    int MaxGroupsInFlight(int siblings);

    /// <summary>Generates one group on whichever actor has room. Cancelling the token aborts it: its completions then end as aborted.</summary>
    /// <remarks>Never throws for what a group can suffer: that is in the completions.</remarks>
    Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort);

    /// <summary>The actors' loads, for progress and metrics.</summary>
    ImmutableArray<ActorLoad> Loads { get; }
}
