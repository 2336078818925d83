using Rollouts.TestSupport.Nats;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// A real cable that is pulled: driver or actors sit in a network of their own, whose link to the server goes down and up again. Nothing lost, nothing twice.
/// <c>ROLLOUTS_LINK_SECONDS=1,3,10,30,60</c> makes it a campaign, which also measures how soon it is as fast as before.
/// </summary>
[Trait("Needs", "nats")]
[Trait("Needs", "root")]
public class LinkTests(ITestOutputHelper output)
{
    private const int NumActors = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory(SkipExceptions = [typeof(NatsServerMissingException), typeof(NetworkNamespaceUnavailableException)])]
    [InlineData("driver")]
    [InlineData("actors")]
    public async Task Run_LinkIsDownForAWhile_CommitsEveryRolloutExactlyOnce(string behind)
    {
        var campaign = Environment.GetEnvironmentVariable("ROLLOUTS_LINK_SECONDS")?.Split(',').Select(int.Parse).ToArray();
        await using var apart = await NetworkNamespace.CreateAsync();
        using var job = campaign is null ? new CampaignJob(90) : CampaignJob.ForMeasurement(NumActors, campaign.Sum(_ => Recovery.Seconds));
        var server = await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams"), Address = apart.OutsideAddress });
        await using var fleet = await Fleet.StartAsync(job, NumActors, server, behind == "driver" ? apart : null, behind == "actors" ? apart : null);
        var late = new List<int>();
        foreach (var seconds in campaign ?? [3])
        {
            await fleet.WorkingAsync(Patience);
            if (campaign is null)
            {
                await PullAsync(apart, seconds);
                continue;
            }

            var recovery = await Recovery.MeasureAsync(fleet, () => PullAsync(apart, seconds));
            output.WriteLine($"link down for {seconds} s: {recovery}");
            if (recovery.SecondsBack is null) late.Add(seconds);
        }

        await fleet.FinishAsync(TimeSpan.FromMinutes(10));

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        output.WriteLine($"link of the {behind} down for {string.Join(", ", campaign ?? [3])} s: {job.Groups * job.Siblings} rollouts, 0 lost, 0 twice, the books balance; {new KillReport(fleet.Work, fleet.Kills).Unexcused.Count} groups run again");
        late.ShouldBeEmpty("not as fast as before within ten seconds of healing");
    }

    private static async Task PullAsync(NetworkNamespace apart, int seconds)
    {
        await apart.PullAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        await apart.PlugAsync();
    }
}
