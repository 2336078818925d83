using System.Runtime.CompilerServices;
using Rollouts.Actors;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench transport</c>: groups over NATS against what a nats-server and its client give by themselves.</summary>
public static class TransportBenchmark
{
    /// <summary>A line a measure.</summary>
    /// <param name="model">A folder with a tokenizer.</param>
    /// <param name="program">The nats-server; null for the one in ROLLOUTS_NATS_SERVER or on PATH.</param>
    /// <exception cref="IOException">There is no nats-server.</exception>
    public static async IAsyncEnumerable<string> RunAsync(string model, string? program, int rounds, [EnumeratorCancellation] CancellationToken stopping)
    {
        using var server = BenchServer.Start(program);
        var settings = new NatsSettings { Url = server.Url };
        var tokenizer = Tokenizer.Load(model);
        if (Environment.GetEnvironmentVariable("ONLY") is not "4096") yield return await ThroughputBenchmark.RunAsync(settings, tokenizer, tokens: 64, groups: 5000, inFlight: 66, rounds, stopping);
        if (Environment.GetEnvironmentVariable("ONLY") is not "64") yield return await ThroughputBenchmark.RunAsync(settings, tokenizer, tokens: 4096, groups: 500, inFlight: 34, rounds, stopping);
    }
}
