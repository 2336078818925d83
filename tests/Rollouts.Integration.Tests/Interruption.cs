using Rollouts.Recipes;

namespace Rollouts.Integration.Tests;

/// <summary>Runs that are stopped at once, with rollouts half done. A drain would let all that has begun end.</summary>
internal static class Interruption
{
    /// <summary>Begins a run, or takes it up, and stops it once it has drawn so many tokens.</summary>
    public static async Task RunAndStopAsync(LoadedRecipe loaded, long tokens)
    {
        await using var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default);
        using var stop = new CancellationTokenSource();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var running = job.RunAsync(stop.Token);
        while (!running.IsCompleted && job.Progress.Tokens < tokens) await timer.WaitForNextTickAsync();

        running.IsCompleted.ShouldBeFalse("it ended before it could be interrupted");
        await stop.CancelAsync();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
