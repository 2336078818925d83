using System.Text.Json.Nodes;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>A server that takes little: messages of 64 KiB at most, or a store that is soon full.</summary>
[Trait("Needs", "nats")]
public class TightServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_MessagesOf64KiBAtMost_TravelsInParts()
    {
        using var job = new CampaignJob(12) { Siblings = 64, TokensPerSecond = 500, MaxTokens = 2_000 };
        var server = await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams"), Settings = new() { ["max_payload"] = 64 << 10 } });
        await using var fleet = await Fleet.StartAsync(job, 2, server);

        await fleet.FinishAsync(Patience);

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_StoreIsFull_IsToldByNameAndGoesOnOnceThereIsRoom()
    {
        using var job = new CampaignJob(24) { Siblings = 64, TokensPerSecond = 2_000, MaxTokens = 1_000, Keys = "deadlines: { stall: 8s }" };
        var settings = new JsonObject { ["jetstream"] = Store(job, bytes: 300_000) };
        await using var server = await NatsServer.StartAsync(new() { Settings = settings });
        await job.WriteAsync(server.Url);
        await using var actor = new ToolProcess(job.Folder.Path, ["actor", "--url", server.Url, "--job", CampaignJob.Name, "--pool", CampaignJob.Pool, "--name", "a"], _ => { });

        var full = await Tool.RunAsync(job.Folder.Path, ["run", "job.yaml"]);
        settings["jetstream"] = Store(job, bytes: 300_000_000);
        await server.RestartAsync();
        var roomy = await Tool.RunAsync(job.Folder.Path, ["run", "job.yaml"]);

        full.ExitCode.ShouldBe(1, full.Error);
        full.Error.ShouldContain("the NATS server does not store");
        roomy.ExitCode.ShouldBe(0, roomy.Error);
        job.ShouldBeWhole();
    }

    private static JsonObject Store(CampaignJob job, int bytes) => new() { ["store_dir"] = job.Folder.File("streams"), ["max_file_store"] = bytes };
}
