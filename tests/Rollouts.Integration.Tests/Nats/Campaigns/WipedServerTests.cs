using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>A server that comes back without its folder, in the middle of a run: what it had is published anew, and nothing is lost.</summary>
[Trait("Needs", "nats")]
public class WipedServerTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_JetStreamFolderIsWiped_IsWholeAllTheSame()
    {
        using var job = new CampaignJob(120);
        await using var fleet = await Fleet.StartAsync(job, numActors: 3);
        for (var wipes = 0; wipes < 2 && !fleet.IsDone; wipes++)
        {
            await fleet.WorkingAsync(Patience);
            await Task.Delay(CampaignJob.Lease / 2, TimeProvider.System);
            await fleet.WipeServerAsync();
        }

        await fleet.FinishAsync(TimeSpan.FromMinutes(5));

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        output.WriteLine(new KillReport(fleet.Work, fleet.Kills).ToString());
    }
}
