using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>What an actor process costs while there is nothing to do. It is started before other measures and looked at after them: for its first minutes the runtime still compiles what is done now and then.</summary>
internal sealed class IdleBenchmark : IAsyncDisposable
{
    private static readonly TimeSpan[] Ages = [TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(60);
    private readonly ActorFleet _fleet;
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    private IdleBenchmark(ActorFleet fleet) => _fleet = fleet;

    /// <summary>Starts the actor, has it work a little, and leaves it alone.</summary>
    public static async Task<IdleBenchmark> StartAsync(NatsSettings settings, string model, CancellationToken stopping)
    {
        var recipe = ActorFleet.Recipe("bench-idle", model, "tokens_per_second: 0, median_tokens: 64, p99_tokens: 64");
        var fleet = await ActorFleet.StartAsync(settings, recipe, new BenchWork(64), processes: 1, replicas: 1, stopping);
        await fleet.Loop.RunAsync(2000, atOnce: 8, stopping);
        return new IdleBenchmark(fleet);
    }

    /// <summary>A line for its second minute and one for its tenth.</summary>
    public async IAsyncEnumerable<string> MeasureAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        foreach (var age in Ages)
        {
            var left = age - Stopwatch.GetElapsedTime(_startedAt);
            if (left > TimeSpan.Zero) await Task.Delay(left, stopping);
            var (before, since) = (ProcessClock.Read(_fleet.ProcessId), Stopwatch.GetTimestamp());
            await Task.Delay(Measured, stopping);
            var (used, seconds) = ((ProcessClock.Read(_fleet.ProcessId) - before).TotalMilliseconds, Stopwatch.GetElapsedTime(since).TotalSeconds);
            yield return string.Create(CultureInfo.InvariantCulture, $"an idle actor process, {age.TotalMinutes:F0} minutes old: {used:F1} ms of processor time in {seconds:F0} s, {used / seconds / 10:F3}% of a core");
        }
    }

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();
}
