using System.Text.Json.Serialization;

namespace Rollouts;

/// <summary>
/// Where every rollout of an output folder went, over all its sessions.
/// Invariant: <c>issued = committed + filtered + stale + failed + cancelled + in_flight</c>.
/// </summary>
/// <param name="Issued">Distinct rollouts that were started.</param>
/// <param name="Committed">Rows in data files.</param>
/// <param name="Filtered">Dropped by a filter.</param>
/// <param name="Stale">Dropped because the policy had moved on.</param>
/// <param name="Failed">Rows in failure files.</param>
/// <param name="Cancelled">Not decided when this session stopped; issued again by the next.</param>
/// <param name="InFlight">Not decided yet.</param>
/// <param name="Attempts">Rollouts handed to actors, those done again included.</param>
public sealed record RolloutAccounting(long Issued, long Committed, long Filtered, long Stale, long Failed, long Cancelled, long InFlight, long Attempts)
{
    /// <summary>Nothing yet.</summary>
    public static RolloutAccounting Zero { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Committed, filtered, stale and failed.</summary>
    [JsonIgnore] public long Decided => Committed + Filtered + Stale + Failed;

    /// <summary>Whether the identity holds.</summary>
    [JsonIgnore] public bool Balances => Issued == Decided + Cancelled + InFlight;

    /// <summary>Adds a decided group.</summary>
    public RolloutAccounting Add(GroupCounts counts) => this with
    {
        Committed = Committed + counts.Committed,
        Filtered = Filtered + counts.Filtered,
        Stale = Stale + counts.Stale,
        Failed = Failed + counts.Failed,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"issued {Issued} = committed {Committed} + filtered {Filtered} + stale {Stale} + failed {Failed} + cancelled {Cancelled} + in flight {InFlight}";
}
