using System.Collections.Immutable;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>A recipe as a job at a NATS server.</summary>
internal static class JobOptions
{
    /// <summary>Groups that wait for room are read ahead; for a few actors this many are enough.</summary>
    private const int MinGroupsInFlight = 1024;

    public static DriverOptions Of(LoadedRecipe loaded, OutputSession session)
    {
        var recipe = loaded.Recipe;
        var announced = recipe.Actors.Sum(a => a.Replicas * PoolSize.GroupsOf(a.Engine.MaxRunning, recipe.Sampling.N));
        return new DriverOptions
        {
            Settings = recipe.Transport.ToSettings(loaded),
            Job = recipe.Name,
            Record = Record(loaded, session.Header.RunId),
            Demands = Demands(recipe),
            Siblings = recipe.Sampling.N,
            MaxGroupsInFlight = Math.Max(MinGroupsInFlight, 4 * announced),
            Codec = new ArrowRolloutCodec(),
            IsDecided = session.IsDecided,
            MaxDeaths = recipe.Retries.Infrastructure,
            Stall = recipe.Deadlines.Stall,
        };
    }

    public static ImmutableArray<PoolDemand> Demands(Recipe recipe) => [.. recipe.Actors.Select(a => new PoolDemand(a.Name, a.Replicas, a.Device.Kind))];

    /// <summary>What actors are told. How the driver logs in is none of their business.</summary>
    public static JobRecord Record(LoadedRecipe loaded, string runId) => new()
    {
        RunId = runId,
        State = JobState.Running,
        Recipe = RecipeWriter.ToYaml(OutputOpening.Resolved(loaded) with { Transport = TransportSection.Local }),
        Fingerprints = loaded.Recipe.Actors.ToDictionary(a => a.Name, a => ModelLocation.Fingerprint(loaded.ModelOf(a).Path)),
        Deltas = loaded.Recipe.Transport.Deltas,
        LeaseSeconds = loaded.Recipe.Transport.Lease.TotalSeconds,
    };
}
