using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>A server that takes little: messages of 64 KiB at most.</summary>
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
}
