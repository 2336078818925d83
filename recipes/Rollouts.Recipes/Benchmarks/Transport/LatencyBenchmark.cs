using System.Globalization;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>How much later a group's result is there than from the same actors in this process: four synthetic actors, a process each, a few groups under way.</summary>
internal static class LatencyBenchmark
{
    private const int Actors = 4;
    private const int Groups = 400;
    private const int AtOnce = 8;
    private const int TokensPerSecond = 2000;
    private static readonly BenchWork Work = new(64);

    public static async Task<string> RunAsync(NatsSettings settings, string model, ITokenizer tokenizer, int rounds, CancellationToken stopping)
    {
        var recipe = ActorFleet.Recipe("bench-latency", model, $"max_running: 64, tokens_per_second: {TokensPerSecond}, median_tokens: 64, p99_tokens: 64");
        await using var fleet = await ActorFleet.StartAsync(settings, recipe, Work, Actors, replicas: 1, stopping);
        var options = new SyntheticOptions { TokensPerSecond = TokensPerSecond, MedianTokens = Work.Tokens, P99Tokens = Work.Tokens };
        await using var local = new InProcessTransport([.. Enumerable.Range(0, Actors).Select(i => Actor(i, options, tokenizer))], BenchWork.Siblings);
        var (inProcess, remote, added) = (new GroupLoop(local, Work), fleet.Loop, new double[rounds]);
        var (here, there) = (new double[rounds], new double[rounds]);
        for (var i = -2; i < rounds; i++)
        {
            var first = Alternating.Median((await inProcess.RunAsync(Groups, AtOnce, stopping)).Milliseconds);
            var second = Alternating.Median((await remote.RunAsync(Groups, AtOnce, stopping)).Milliseconds);
            if (i >= 0) (here[i], there[i], added[i]) = (first, second, second - first);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"latency, {Actors} synthetic actors in {Actors} processes, groups of {BenchWork.Siblings} x {Work.Tokens} tokens at {TokensPerSecond} tokens/s, {AtOnce} at once: median {Alternating.Median(there):F2} ms over NATS, {Alternating.Median(here):F2} ms in process, added {Alternating.Median(added):F2} ms ({rounds} rounds of {Groups}, {added.Min():F2} to {added.Max():F2})");
    }

    private static RolloutActor Actor(int number, SyntheticOptions options, ITokenizer tokenizer) =>
        new(new ActorId($"local-{number}"), new SyntheticEngine(options, tokenizer, EngineFactory.SyntheticContext, TimeProvider.System), TimeProvider.System);
}
