using System.Text;
using System.Text.Json.Nodes;
using NATS.Client.Core;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Jobs;

/// <summary>What others see of a job: actors as NATS services, tokens as they come, where actors would go.</summary>
[Trait("Needs", "nats")]
public class ServiceTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Actor_AskedAsAService_TellsItsStats()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 20");
        job.StartActor("a");
        job.Start("run", "job.yaml");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);
        await using var client = new NatsConnection(new NatsOpts { Url = job.Server.Url });

        var reply = await client.RequestAsync<string>("$SRV.STATS.rollouts-actor");

        var stats = JsonNode.Parse(reply.Data!)!;
        stats["type"]!.GetValue<string>().ShouldBe("io.nats.micro.v1.stats_response");
        stats["metadata"]!["actor"]!.GetValue<string>().ShouldBe("a");
        stats.ToJsonString().ShouldContain("max_running");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Actor_Replicas_AreActorsOfOneProcessEachWithItsName()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 200");
        job.StartActor("a", "--replicas", "3");
        var running = job.RunAsync();

        var actors = await job.WaitForActorsAsync(actors => actors.Length == 3 && actors.All(a => a.Record.Load.GeneratedTokens > 0));

        actors.Select(a => a.Record.Name).Order().ShouldBe(["a-0", "a-1", "a-2"]);
        actors.Select(a => a.Record.ProcessId).Distinct().Count().ShouldBe(1);
        var run = await running;
        run.ExitCode.ShouldBe(0, run.Error);
        job.Verify().Committed.ShouldBe(160);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Deltas_Listened_JoinToTheCompletions()
    {
        await using var job = await JobFolder.CreateAsync(3, "max_running: 16, tokens_per_second: 200", transport: "lease: 2s, deltas: true");
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var heard = new List<RolloutDelta>();
        var listening = Task.Run(async () =>
        {
            await foreach (var delta in TokenDeltas.ReadAsync(job.Settings, "job", null, null, stop.Token))
            {
                heard.Add(delta);
                if (heard.Count(d => d.Finish is not null) == 12) return;
            }
        });
        job.StartActor("a");

        var run = await job.RunAsync();
        await listening;

        run.ExitCode.ShouldBe(0, run.Error);
        heard.Select(d => (d.PromptId, d.Sibling)).Distinct().Count().ShouldBe(12);
        foreach (var rollout in heard.GroupBy(d => (d.PromptId, d.Sibling)))
            rollout.Select(d => d.Position).ShouldBe(rollout.Select((_, i) => rollout.Take(i).Sum(d => d.TokenIds.Count)));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Check_NodesAnnounced_ShowsWhichActorWouldGoWhereAndWhyNot()
    {
        await using var job = await JobFolder.CreateAsync(3, "max_running: 16", pool: "replicas: 3");
        job.StartNode(slots: 2, name: "small");
        await WaitForNodeAsync(job);

        var check = await Tool.RunAsync(job.Path, ["check", "job.yaml"]);

        check.ExitCode.ShouldBe(0, check.Error);
        check.Output.ShouldContain("# pool: 2 x on node small");
        check.Output.ShouldContain("# pool: 1 x without a place (small: 0 of 2 slots free)");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_AnotherDriverIsThere_SaysWho()
    {
        await using var job = await JobFolder.CreateAsync(40, "max_running: 16, tokens_per_second: 20");
        var first = job.Start("run", "job.yaml");
        job.StartActor("a");
        await job.WaitForActorsAsync(actors => actors is [{ Record.Load.Running: > 0 }]);

        var second = await job.RunAsync("--set", "output.path=other");

        second.ExitCode.ShouldBe(1);
        second.Error.ShouldContain($"job 'job' is driven by process {first.Id}");
    }

    private static async Task WaitForNodeAsync(JobFolder job)
    {
        await using var fleet = await Fleet.OpenAsync(job.Settings, TimeProvider.System, CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await fleet.NodesAsync(patience.Token)).Length == 0) await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
    }
}
