using System.Collections.Immutable;

namespace Rollouts.Actors.Nats;

/// <summary>A pool as it is to be placed.</summary>
/// <param name="Name">The pool.</param>
/// <param name="Replicas">Actors that it wants.</param>
/// <param name="Device">The kind of device: cpu or cuda.</param>
public sealed record PoolDemand(string Name, int Replicas, string Device);

/// <summary>Where one actor goes.</summary>
/// <param name="Pool">Its pool.</param>
/// <param name="Node">Its node; null where there is no place.</param>
/// <param name="Reason">Why there is none: a clause for each node.</param>
public sealed record PlacedActor(string Pool, string? Node, string? Reason = null);

/// <summary>Which actor goes to which node. A pure function, so that <c>check</c> shows what the driver will do.</summary>
public static class Placement
{
    /// <summary>Gives each actor that is missing the node with the most free slots that can take it: work is spread, so that a node's death costs least.</summary>
    /// <param name="job">The job.</param>
    /// <param name="pools">What is wanted.</param>
    /// <param name="there">Actors of each pool that are there or being started.</param>
    /// <param name="nodes">What is announced.</param>
    public static ImmutableArray<PlacedActor> Plan(string job, IEnumerable<PoolDemand> pools, IReadOnlyDictionary<string, int> there, IReadOnlyCollection<NodeRecord> nodes)
    {
        var free = nodes.ToDictionary(n => n.Name, n => n.Free);
        var placed = ImmutableArray.CreateBuilder<PlacedActor>();
        foreach (var pool in pools)
        {
            for (var missing = pool.Replicas - there.GetValueOrDefault(pool.Name); missing > 0; missing--)
            {
                var best = nodes.Where(n => free[n.Name] > 0 && WhyNot(job, pool, n) is null).OrderByDescending(n => free[n.Name]).ThenBy(n => n.Name, StringComparer.Ordinal).FirstOrDefault();
                if (best is not null) free[best.Name]--;
                placed.Add(best is not null ? new PlacedActor(pool.Name, best.Name) : new PlacedActor(pool.Name, null, Reasons(job, pool, nodes, free)));
            }
        }

        return placed.ToImmutable();
    }

    private static string Reasons(string job, PoolDemand pool, IReadOnlyCollection<NodeRecord> nodes, Dictionary<string, int> free) => nodes.Count == 0
        ? "no node is announced: start one with rollouts node, or an actor with rollouts actor"
        : string.Join("; ", nodes.Select(n => $"{n.Name}: {WhyNot(job, pool, n) ?? $"{free[n.Name]} of {n.Slots} slots free"}"));

    private static string? WhyNot(string job, PoolDemand pool, NodeRecord node)
    {
        if (node.Draining) return "draining";
        if (node.Refusals.FirstOrDefault(r => r.Job == job && r.Pool == pool.Name) is { } refusal) return refusal.Reason;
        return node.Devices.Any(d => d.Split(':')[0] == pool.Device) ? null : $"no device {pool.Device}";
    }
}
