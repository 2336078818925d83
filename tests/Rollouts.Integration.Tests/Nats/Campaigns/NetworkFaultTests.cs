using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rollouts.TestSupport.Nats;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// Every fault of a network for a while, between the server and the driver, or the actors, or both: nothing lost, nothing twice. How fast it goes on after healing is told, not asserted.
/// <c>ROLLOUTS_FAULT_SECONDS=10</c> makes it a campaign.
/// </summary>
[Trait("Needs", "nats")]
public class NetworkFaultTests(ITestOutputHelper output)
{
    private const int NumActors = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Healing = TimeSpan.FromSeconds(10);

    private static readonly (string Name, LinkFaults Faults)[] Faults =
    [
        ("latency", Both(new() { Latency = TimeSpan.FromMilliseconds(100), Jitter = TimeSpan.FromMilliseconds(100) })),
        ("bandwidth", Both(new() { BytesPerSecond = 50_000 })),
        ("slices", Both(new() { MaxSliceBytes = 7 })),
        ("resets", Both(new() { LimitBytes = 20_000, LimitByReset = true })),
        ("stall", Both(new() { Stall = true })),
        ("silence", LinkFaults.Silence),
        ("nothing to the server", new() { ToTarget = DirectionFaults.Dropping }),
        ("nothing from the server", new() { ToClient = DirectionFaults.Dropping }),
        ("refused", new() { New = NewConnections.Reset }),
    ];

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Run_EveryNetworkFaultForAWhile_CommitsEveryRolloutExactlyOnce(bool driver, bool actors)
    {
        var seconds = Settings.Of("ROLLOUTS_FAULT_SECONDS", 1);
        using var job = new CampaignJob(Settings.Of("ROLLOUTS_GROUPS", 150));
        var server = await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams") });
        await using var proxy = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, server.Port), Settings.Of("ROLLOUTS_SEED", 1));
        var through = $"nats://127.0.0.1:{proxy.Address.Port}";
        await using var fleet = await Fleet.StartAsync(job, NumActors, server, driver ? through : null, actors ? through : null);
        var calm = 0.0;
        foreach (var (name, faults) in Faults)
        {
            await fleet.WorkingAsync(Patience);
            if (seconds > 1 && calm == 0) calm = await RateAsync(fleet, Healing);
            proxy.Faults = faults;
            if (faults.New == NewConnections.Reset) proxy.ResetAll();
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
            proxy.Heal();
            if (seconds > 1) await TellAsync(fleet, name, calm);
        }

        await fleet.FinishAsync(TimeSpan.FromMinutes(10));

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        output.WriteLine($"{Faults.Length} faults of {seconds} s each between the server and {(driver ? "the driver" : "the actors")}: {job.Groups * job.Siblings} rollouts whole; {new KillReport(fleet.Work, fleet.Kills).Unexcused.Count} groups run again");
    }

    /// <summary>How long it takes after healing until a second's groups are 95% of a calm second's.</summary>
    private async Task TellAsync(Fleet fleet, string name, double calm)
    {
        var since = Stopwatch.GetTimestamp();
        await Task.Delay(Healing, TimeProvider.System);
        var rate = await RateAsync(fleet, Healing);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {rate:F1} groups/s from {Healing.TotalSeconds:F0} to {Stopwatch.GetElapsedTime(since).TotalSeconds:F0} s after healing, {100 * rate / calm:F0}% of {calm:F1} before"));
    }

    private static async Task<double> RateAsync(Fleet fleet, TimeSpan span)
    {
        var (before, since) = (Ended(fleet), Stopwatch.GetTimestamp());
        await Task.Delay(span, TimeProvider.System);
        return (Ended(fleet) - before) / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static int Ended(Fleet fleet) => fleet.Work.Runs.Count(r => r.EndedAt is not null);

    private static LinkFaults Both(DirectionFaults faults) => new() { ToTarget = faults, ToClient = faults };
}
