using System.Diagnostics;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// kill -9 of anything, seeded: actors, an agent, nats-server, driver, two at once. Nothing lost, nothing twice, and no work done again but what a killed process held.
/// The long campaign: <c>tests/campaigns/nats-kills.sh [KILLS] [SEED]</c>.
/// </summary>
[Trait("Needs", "nats")]
public class NatsKillTests(ITestOutputHelper output)
{
    private const int NumActors = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Of twenty rounds eight hit an actor, three the driver, three the server, two the agent, four two at once.
    private static readonly Victim[][] Choices =
    [
        .. Enumerable.Repeat<Victim[]>([Victim.Actor], 8), .. Enumerable.Repeat<Victim[]>([Victim.Driver], 3), .. Enumerable.Repeat<Victim[]>([Victim.Server], 3),
        [Victim.Agent], [Victim.Agent],
        [Victim.Actor, Victim.Actor], [Victim.Actor, Victim.Driver], [Victim.Actor, Victim.Server], [Victim.Server, Victim.Driver],
    ];

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_AnythingKilledAgainAndAgain_CommitsEveryRolloutExactlyOnce()
    {
        using var job = new CampaignJob(Settings.Of("ROLLOUTS_GROUPS", 200)) { Replicas = NumActors + 1, TokensPerSecond = Settings.Of("ROLLOUTS_TOKENS_PER_SECOND", 60) };
        await RunAsync(job, Settings.Of("ROLLOUTS_KILLS", 12));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Run_TinyModelAndAnythingKilled_CommitsEveryRolloutExactlyOnce()
    {
        using var job = new CampaignJob(Settings.Of("ROLLOUTS_GROUPS", 100)) { Replicas = NumActors + 1, IsTiny = true, MaxTokens = 200 };
        await RunAsync(job, Settings.Of("ROLLOUTS_KILLS", 3));
    }

    private async Task RunAsync(CampaignJob job, int kills)
    {
        var seed = Settings.Of("ROLLOUTS_SEED", 1);
        await using var fleet = await Fleet.StartAsync(job, NumActors);
        var clock = Stopwatch.StartNew();
        await KillAsync(fleet, kills, new Random(seed));

        await fleet.FinishAsync(TimeSpan.FromMinutes(30));

        var report = new KillReport(fleet.Work, fleet.Kills);
        output.WriteLine($"{report}; {job.Groups * job.Siblings} rollouts in {clock.Elapsed.TotalSeconds:F0} s, seed {seed}");
        foreach (var line in report.Unexcused.Take(20)) output.WriteLine(line);
        foreach (var line in fleet.Faults) output.WriteLine(line);
        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        report.Unexcused.ShouldBeEmpty();
        output.WriteLine("0 lost, 0 twice, the books balance");
    }

    private static async Task KillAsync(Fleet fleet, int kills, Random random)
    {
        await fleet.WorkingAsync(Patience);
        while (fleet.Kills.Count < kills && !fleet.IsDone)
        {
            // One time in three it hits what has not come back from the kill before.
            if (random.Next(3) > 0) await fleet.WorkingAsync(Patience);
            await PauseAsync(random, 200, 1000);
            foreach (var victim in Choices[random.Next(Choices.Length)]) await fleet.KillAsync(victim, random);
            if (random.Next(2) == 0) await PauseAsync(random, 0, 500);
            await fleet.RestoreAsync();
        }
    }

    private static Task PauseAsync(Random random, int min, int max) => Task.Delay(TimeSpan.FromMilliseconds(random.Next(min, max)), TimeProvider.System);
}
