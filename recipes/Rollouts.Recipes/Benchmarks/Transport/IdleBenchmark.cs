using System.Diagnostics;
using System.Globalization;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>What an actor process costs while there is nothing to do.</summary>
internal static class IdleBenchmark
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(40);

    public static async Task<string> RunAsync(NatsSettings settings, string model, CancellationToken stopping)
    {
        var work = new BenchWork(64);
        var recipe = ActorFleet.Recipe("bench-idle", model, "tokens_per_second: 0, median_tokens: 64, p99_tokens: 64");
        await using var fleet = await ActorFleet.StartAsync(settings, recipe, work, processes: 1, replicas: 1, stopping);
        await fleet.Loop.RunAsync(2000, atOnce: 8, stopping);
        await Task.Delay(WarmUp, stopping);
        var (before, since) = (ProcessClock.Read(fleet.ProcessId), Stopwatch.GetTimestamp());
        await Task.Delay(Measured, stopping);
        var (used, seconds) = ((ProcessClock.Read(fleet.ProcessId) - before).TotalMilliseconds, Stopwatch.GetElapsedTime(since).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"an idle actor process: {used:F1} ms of processor time in {seconds:F0} s, {used / seconds / 10:F3}% of a core");
    }
}
