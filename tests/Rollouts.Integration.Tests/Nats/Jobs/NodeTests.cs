using Rollouts.Actors.Nats;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Jobs;

/// <summary>Node agents: they start what jobs ask for, start it again when it dies, and know what a dead process ran.</summary>
[Trait("Needs", "nats")]
public class NodeTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Node_JobAsksForActors_TheyComeServeAndGoHome()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 400", pool: "replicas: 2");
        job.StartNode(slots: 3);

        var run = await job.RunAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        job.Verify().Committed.ShouldBe(160);
        await job.WaitForActorsAsync(actors => actors.Length == 0);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Node_PromptKillsItsActors_IsSetAsideAloneWithWhatTheProcessSaid()
    {
        await using var job = await JobFolder.CreateAsync(12, "max_running: 16, tokens_per_second: 300, crash_on: p5", keys: "retries: { infrastructure: 3 }");
        job.StartNode(slots: 1);

        var run = await job.RunAsync();

        run.ExitCode.ShouldBe(3, run.Error);
        var accounting = job.Verify();
        accounting.Failed.ShouldBe(4);
        accounting.Committed.ShouldBe(44);
        var failures = (await Tool.RunAsync(job.Path, ["inspect", "out", "--failures"])).Output;
        failures.ShouldContain("p5");
        failures.ShouldContain("set aside: 3 actor processes died");
        failures.ShouldContain("a synthetic crash", customMessage: failures);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Node_AgentKilled_ItsActorsFinishWhatTheyRunAndTheNextAgentsTakeTheirSlots()
    {
        await using var job = await JobFolder.CreateAsync(60, "max_running: 16, tokens_per_second: 100");
        var first = job.StartNode(slots: 1);
        var running = job.RunAsync();
        var before = (await job.WaitForActorsAsync(actors => actors.Length == 1 && actors[0].Record.Groups.Count > 0))[0];

        first.Kill();
        await first.WaitForExitAsync();
        await job.WaitForActorsAsync(actors => actors.All(a => a.State == "draining"));
        job.StartNode(slots: 1);
        var after = (await job.WaitForActorsAsync(actors => actors.Any(a => a.State == "serving")))[0];

        after.Record.ProcessId.ShouldNotBe(before.Record.ProcessId);
        var run = await running;
        run.ExitCode.ShouldBe(0, run.Error);
        job.Verify().ShouldSatisfyAllConditions(a => a.Committed.ShouldBe(240), a => a.Attempts.ShouldBe(240));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Node_ModelIsNotThere_RefusesOnceAndSaysWhy()
    {
        await using var job = await JobFolder.CreateAsync(4, "max_running: 16", keys: "deadlines: { stall: 6s }");
        var copy = Directory.CreateDirectory(System.IO.Path.Combine(job.Path, "model"));
        foreach (var file in Directory.GetFiles(System.IO.Path.Combine(TestSupport.Fixtures.Root, "recipes", "models", "tiny-arithmetic"))) File.Copy(file, System.IO.Path.Combine(copy.FullName, System.IO.Path.GetFileName(file)));
        var running = job.RunAsync("--set", "model.path=model");
        await using (var fleet = await Fleet.OpenAsync(job.Settings, TimeProvider.System, CancellationToken.None))
        {
            // The driver has read its model by the time that it waits for actors.
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (!Directory.Exists(job.Output)) await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        copy.Delete(recursive: true);
        job.StartNode(slots: 1);

        var run = await running;

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("no actor serves pool pool");
        run.Error.ShouldContain("the job's model is not on this machine");
    }
}
