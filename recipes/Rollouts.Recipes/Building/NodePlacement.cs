using Rollouts.Actors.Nats;

namespace Rollouts.Recipes;

/// <summary>Which actor would go to which node that is announced now, and why not.</summary>
internal static class NodePlacement
{
    /// <summary>Lines for a person; none for a recipe that runs in process.</summary>
    /// <exception cref="IOException">The server is not to be had.</exception>
    public static async Task<IReadOnlyList<string>> LinesAsync(LoadedRecipe loaded, CancellationToken cancellationToken)
    {
        if (loaded.Recipe.Transport.IsLocal) return [];
        await using var fleet = await Fleet.OpenAsync(loaded.Recipe.Transport.ToSettings(loaded), TimeProvider.System, cancellationToken);
        var actors = await fleet.ActorsAsync(loaded.Recipe.Name, cancellationToken);
        var there = actors.GroupBy(a => a.Record.Pool).ToDictionary(p => p.Key, p => p.Count());
        var plan = Placement.Plan(loaded.Recipe.Name, JobOptions.Demands(loaded.Recipe), there, await fleet.NodesAsync(cancellationToken));
        return
        [
            .. actors.Select(a => $"{a.Record.Pool}: {a.Record.Name} is there already, on {a.Record.Node ?? a.Record.Host} ({a.State})"),
            .. plan.GroupBy(p => (p.Pool, p.Node, p.Reason)).Select(g => Line(g.Key.Pool, g.Count(), g.Key.Node, g.Key.Reason)),
        ];
    }

    private static string Line(string pool, int count, string? node, string? reason) => node is not null
        ? $"{pool}: {count} x on node {node}"
        : $"{pool}: {count} x without a place ({reason})";
}
