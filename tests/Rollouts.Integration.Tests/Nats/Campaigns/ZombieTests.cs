using System.Diagnostics;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// Actors that are stopped (SIGSTOP) for four leases and go on as if nothing had been: their work was given to others, and nothing that they say of it counts.
/// <c>ROLLOUTS_ZOMBIES=100</c> makes it a campaign.
/// </summary>
[Trait("Needs", "nats")]
public class ZombieTests(ITestOutputHelper output)
{
    private const int NumActors = 4;
    private const int MaxAtOnce = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Actors_StoppedForFourLeases_CommitNothingStale()
    {
        var trials = Settings.Of("ROLLOUTS_ZOMBIES", 3);
        using var job = new CampaignJob(Settings.Of("ROLLOUTS_GROUPS", 160)) { TokensPerSecond = 40 };
        await using var fleet = await Fleet.StartAsync(job, NumActors);
        var random = new Random(Settings.Of("ROLLOUTS_SEED", 1));
        var zombies = new List<Zombie>();
        while (zombies.Count < trials && !fleet.IsDone) zombies.AddRange(await StopSomeAsync(fleet, random, Math.Min(MaxAtOnce, trials - zombies.Count)));

        await fleet.FinishAsync(TimeSpan.FromMinutes(30));

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        Stale(job, fleet.Work, zombies).ShouldBeEmpty();
        var fenced = fleet.Work.Lives.Count(l => l.WasFenced);
        fenced.ShouldBeGreaterThan(0, "nobody was declared dead: nothing was tried");
        output.WriteLine($"{zombies.Count} actors stopped for four leases with {zombies.Sum(z => z.Held.Count)} groups in their hands: {fenced} lives declared dead, nothing stale committed");
    }

    /// <summary>Stops some that have work, and lets them go on after four leases.</summary>
    private static async Task<IReadOnlyList<Zombie>> StopSomeAsync(Fleet fleet, Random random, int number)
    {
        await fleet.WorkingAsync(Patience);
        var busy = fleet.Work.Runs.Where(r => r.EndedAt is null).Select(r => r.Life.Actor).Where(fleet.Actors.Contains).Distinct().Order(StringComparer.Ordinal).ToArray();
        random.Shuffle(busy);
        var zombies = busy.Take(number).Select(actor => Stop(fleet, actor)).ToArray();
        await Task.Delay(CampaignJob.Lease * 4, TimeProvider.System);
        foreach (var zombie in zombies) fleet.Continue(zombie.Actor);
        await Task.Delay(CampaignJob.Lease, TimeProvider.System);
        return zombies;
    }

    private static Zombie Stop(Fleet fleet, string actor)
    {
        fleet.Stop(actor);
        var (at, time) = (Stopwatch.GetTimestamp(), TimeProvider.System.GetUtcNow().UtcDateTime);
        return new Zombie(actor, at, time, [.. fleet.Work.Runs.Where(r => r.Life.Actor == actor && r.EndedAt is null).Select(r => r.Group)]);
    }

    /// <summary>Rows of an attempt that a stopped actor had begun before and did not end, though another was given the group meanwhile.</summary>
    private static IEnumerable<string> Stale(CampaignJob job, WorkLog work, IReadOnlyList<Zombie> zombies)
    {
        foreach (var (prompt, actor, startedAt) in job.Origins())
        {
            var group = GroupKey.Of(new GroupId(Purpose.Train, 0, new PromptId(prompt))).ToString();
            foreach (var zombie in zombies.Where(z => z.Actor == actor && z.Held.Contains(group) && startedAt < z.StoppedAtTime))
                if (work.Runs.Any(r => r.Group == group && r.BeganAt > zombie.StoppedAt)) yield return $"{prompt} by {actor}, begun at {startedAt:O}, stopped at {zombie.StoppedAtTime:O}";
        }
    }

    /// <param name="StoppedAt">A timestamp.</param>
    /// <param name="Held">Keys of the groups that it had begun.</param>
    private sealed record Zombie(string Actor, long StoppedAt, DateTime StoppedAtTime, IReadOnlyList<string> Held);
}
