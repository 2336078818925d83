using System.Globalization;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>64 actors in 8 processes against 4 in 4: actors that take no time for their tokens, so that the machine and the transport are the bound.</summary>
internal static class ManyActorsBenchmark
{
    private const int Groups = 4000;

    // A driver sends what the actors' seats take: 68 groups for four actors, more for 64.
    private const int AtOnce = 512;
    private static readonly BenchWork Work = new(64);

    public static async Task<string> RunAsync(NatsSettings settings, string model, int rounds, CancellationToken stopping)
    {
        await using var few = await StartAsync("bench-few", processes: 4, replicas: 1);
        await using var many = await StartAsync("bench-many", processes: 8, replicas: 8);
        var (fewRates, manyRates, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var i = -3; i < rounds; i++)
        {
            var first = Groups / (await few.Loop.RunAsync(Groups, AtOnce, stopping)).Seconds;
            var second = Groups / (await many.Loop.RunAsync(Groups, AtOnce, stopping)).Seconds;
            if (i >= 0) (fewRates[i], manyRates[i], ratios[i]) = (first, second, second / first);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"64 synthetic actors in 8 processes: {Alternating.Median(manyRates):F0} groups/s of {BenchWork.Siblings} x {Work.Tokens} tokens, {AtOnce} at once at most; 4 in 4 processes: {Alternating.Median(fewRates):F0}; ratio {Alternating.Median(ratios):F2} (median of {rounds} rounds of {Groups}, {ratios.Min():F2} to {ratios.Max():F2})");

        Task<ActorFleet> StartAsync(string job, int processes, int replicas) =>
            ActorFleet.StartAsync(settings, ActorFleet.Recipe(job, model, "max_running: 128, tokens_per_second: 0, median_tokens: 64, p99_tokens: 64"), Work, processes, replicas, stopping);
    }
}
