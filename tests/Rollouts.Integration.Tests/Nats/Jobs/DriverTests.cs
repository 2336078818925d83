using System.Diagnostics;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Jobs;

/// <summary>The driver stops and comes back: its actors go on meanwhile, and what they did is not done again.</summary>
[Trait("Needs", "nats")]
public class DriverTests
{
    private const string Slow = "max_running: 16, tokens_per_second: 60, median_tokens: 30, p99_tokens: 30";

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_Terminated_DrainsAndItsNextSessionDoesTheRest()
    {
        await using var job = await JobFolder.CreateAsync(60, Slow);
        job.StartActor("a");
        var first = job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);

        using (var terminate = Process.Start("kill", ["-TERM", $"{first.Id}"])) await terminate.WaitForExitAsync();
        await first.WaitForExitAsync();
        var second = await job.RunAsync();

        first.ExitCode.ShouldBe(143);
        second.ExitCode.ShouldBe(0, second.Error);
        second.Error.ShouldContain("Resuming");
        job.Verify().ShouldSatisfyAllConditions(a => a.Committed.ShouldBe(240), a => a.Attempts.ShouldBe(240));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_Killed_TheNextTakesUpWhatWasStoredMeanwhile()
    {
        await using var job = await JobFolder.CreateAsync(60, Slow);
        var actor = job.StartActor("a");
        var first = job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);

        first.Kill();
        await first.WaitForExitAsync();
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load: { Running: 0, Waiting: 0, GeneratedTokens: > 0 } }]);
        var second = await job.RunAsync();

        second.ExitCode.ShouldBe(0, second.Error);
        job.Verify().Committed.ShouldBe(240);
        var told = await actor.StandardOutput.ReadToEndAsync();
        told.Split("began").Length.ShouldBe(1 + 60, "what the actor had generated is not generated again");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_Fresh_TakesOverNothingOfTheRunBefore()
    {
        await using var job = await JobFolder.CreateAsync(60, Slow);
        job.StartNode(slots: 1);
        var first = job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);
        first.Kill();
        await first.WaitForExitAsync();

        var fresh = await job.RunAsync("--fresh");

        fresh.ExitCode.ShouldBe(0, fresh.Error);
        fresh.Output.ShouldContain("out-2");
    }
}
