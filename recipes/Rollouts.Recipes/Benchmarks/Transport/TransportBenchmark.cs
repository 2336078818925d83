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
    /// <param name="only">Which measures: throughput, large, latency, idle, many; empty for all.</param>
    /// <exception cref="IOException">There is no nats-server.</exception>
    public static async IAsyncEnumerable<string> RunAsync(string model, string? program, int rounds, IReadOnlyCollection<string> only, [EnumeratorCancellation] CancellationToken stopping)
    {
        using var server = BenchServer.Start(program);
        var settings = new NatsSettings { Url = server.Url };
        var tokenizer = Tokenizer.Load(model);
        yield return $"{ProcessorName.Read()}, {Environment.ProcessorCount} threads";
        await using var idle = Asked("idle") ? await IdleBenchmark.StartAsync(settings, model, stopping) : null;
        if (Asked("throughput")) yield return await ThroughputBenchmark.RunAsync(settings, tokenizer, tokens: 64, groups: 5000, inFlight: 66, rounds, stopping);
        if (Asked("large")) yield return await ThroughputBenchmark.RunAsync(settings, tokenizer, tokens: 4096, groups: 500, inFlight: 34, rounds, stopping);
        if (Asked("latency")) yield return await LatencyBenchmark.RunAsync(settings, model, tokenizer, rounds, stopping);
        if (Asked("many")) yield return await ManyActorsBenchmark.RunAsync(settings, model, rounds, stopping);
        if (idle is null) yield break;
        await foreach (var line in idle.MeasureAsync(stopping)) yield return line;

        bool Asked(string measure) => only.Count == 0 || only.Contains(measure);
    }
}
