using System.Text.Json.Nodes;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Jobs;

/// <summary>Actors leave in the middle of a run: what they have is finished, or goes on elsewhere from its tokens.</summary>
[Trait("Needs", "nats")]
public class DrainTests
{
    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Drain_ActorInTheMiddle_LosesNothingAndTheRunGoesOn(bool handBack)
    {
        await using var job = await JobFolder.CreateAsync(16, "max_running: 16, tokens_per_second: 30, median_tokens: 60, p99_tokens: 60");
        var first = job.StartActor("first");
        var running = job.RunAsync();
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);

        var drained = await job.ToolAsync("drain", handBack ? ["first", "--hand-back"] : ["first"]);
        job.StartActor("second");
        await first.WaitForExitAsync();
        var run = await running;

        drained.ExitCode.ShouldBe(0, drained.Error);
        first.ExitCode.ShouldBe(0);
        run.ExitCode.ShouldBe(0, run.Error);
        job.Verify().ShouldSatisfyAllConditions(a => a.Committed.ShouldBe(64), a => a.Attempts.ShouldBe(64));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Drain_NobodyOfThatName_SaysSo()
    {
        await using var job = await JobFolder.CreateAsync(1, "max_running: 1");

        var drained = await job.ToolAsync("drain", "nobody");

        drained.ExitCode.ShouldBe(1);
        drained.Error.ShouldContain("there is no actor and no node 'nobody'");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Actor_NameIsTaken_SaysByWhom()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 20");
        var first = job.StartActor("same");
        job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors.Length == 1);

        var second = await job.ToolAsync("actor", "--job", "job", "--pool", "pool", "--name", "same");

        second.ExitCode.ShouldBe(1);
        second.Error.ShouldContain($"the name 'same' is taken by process {first.Id}");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Ps_ActorsAndNodes_SaysWhatTheyDo()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 20");
        job.StartNode(slots: 2);
        job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);

        var listed = await job.ToolAsync("ps", "--json");

        listed.ExitCode.ShouldBe(0, listed.Error);
        var lines = listed.Output.Trim().Split('\n').Select(l => JsonNode.Parse(l)!).ToArray();
        lines[0]["kind"]!.GetValue<string>().ShouldBe("actor");
        lines[0]["actor"]!["load"]!["running"]!.GetValue<int>().ShouldBeGreaterThan(0);
        lines[1]["node"]!["slots"]!.GetValue<int>().ShouldBe(2);
    }
}
