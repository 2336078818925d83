using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Recipes;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>Ten thousand messages that nobody should send, while a job runs: counted, ignored, and the run comes out right.</summary>
[Trait("Needs", "nats")]
public class HostileMessageTests(ITestOutputHelper output)
{
    private const int Groups = 60;

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_HostileMessagesToEverySubject_ComesOutRight()
    {
        var number = Settings.Of("ROLLOUTS_HOSTILE", 10_000);
        using var job = new CampaignJob(Groups) { TokensPerSecond = 30 };
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams") });
        await job.WriteAsync(server.Url);
        var log = new Complaints();
        var actors = Enumerable.Range(0, 2).Select(i => ActorProgram.RunAsync(
            new ActorSettings(new NatsSettings { Url = server.Url }, CampaignJob.Name, CampaignJob.Pool, $"actor-{i}", null, null), log, TimeProvider.System, default, default)).ToArray();
        await using var running = await RolloutJob.CreateAsync(RecipeReader.Load(job.Folder.File("job.yaml"), [$"output.path={job.Folder.File("out")}"]), fresh: false, TimeProvider.System, default);

        var run = running.RunAsync(default);
        await AttackAsync(server, number, run);
        var summary = await run.WaitAsync(TimeSpan.FromMinutes(3));

        job.ShouldBeWhole();
        summary.Transport!.Malformed.ShouldBeGreaterThan(number / 20);
        log.Count.ShouldBeGreaterThan(0);
        (await Task.WhenAll(actors).WaitAsync(TimeSpan.FromMinutes(1))).ShouldAllBe(end => end == ActorEnd.JobEnded);
        output.WriteLine($"{number} hostile messages: {summary.Transport.Malformed} counted by the driver, {summary.Transport.Duplicates} repetitions; {log.Count} told of by the actors; {Groups * job.Siblings} rollouts whole");
    }

    private static async Task AttackAsync(NatsServer server, int number, Task run)
    {
        await using var connection = await NatsClients.ConnectAsync(server);
        using var stop = new CancellationTokenSource();
        var groups = Enumerable.Range(0, Groups).Select(i => GroupKey.Of(new GroupId(Purpose.Train, 0, new PromptId($"p{i}"))).ToString()).ToArray();
        var hostile = new HostileMessages(connection, new JobNames(CampaignJob.Name), groups, Settings.Of("ROLLOUTS_SEED", 1));
        Task[] listening = [hostile.ListenAsync($"rollouts.{CampaignJob.Name}.>", stop.Token), hostile.ListenAsync("$KV.>", stop.Token)];
        for (var i = 0; i < number; i++)
        {
            if (i % 100 == 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            await hostile.SendAsync(CancellationToken.None);
        }

        run.IsCompleted.ShouldBeFalse("the run ended before the attack");
        await stop.CancelAsync();
        await Task.WhenAll(listening);
    }

    /// <summary>What actors say of messages.</summary>
    private sealed class Complaints : IActorObserver
    {
        private int _count;

        public int Count => _count;

        public void OnJoined(string incarnation)
        {
        }

        public void OnBegan(GroupKey group)
        {
        }

        public void OnEnded(GroupKey group)
        {
        }

        public void OnMessage(string message) => Interlocked.Increment(ref _count);
    }
}
