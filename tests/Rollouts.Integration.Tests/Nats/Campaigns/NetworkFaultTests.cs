using System.Net;
using Rollouts.TestSupport.Nats;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// Every fault of a network for a while, between the server and the driver, or the actors, or both: nothing lost, nothing twice. <c>ROLLOUTS_FAULT_SECONDS=10</c> makes it a campaign,
/// which also measures how soon it is as fast as before.
/// </summary>
[Trait("Needs", "nats")]
public class NetworkFaultTests(ITestOutputHelper output)
{
    private const int NumActors = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

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
        var isMeasured = seconds > 1;
        using var job = isMeasured ? CampaignJob.ForMeasurement(NumActors, Faults.Length * (Recovery.Seconds + seconds)) : new CampaignJob(150);
        var server = await NatsServer.StartAsync(new() { JetStreamFolder = job.Folder.File("streams") });
        await using var proxy = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, server.Port), Settings.Of("ROLLOUTS_SEED", 1));
        var through = $"nats://127.0.0.1:{proxy.Address.Port}";
        await using var fleet = await Fleet.StartAsync(job, NumActors, server, driver ? through : null, actors ? through : null);
        var late = new List<string>();
        foreach (var (name, faults) in Faults)
        {
            await fleet.WorkingAsync(Patience);
            if (!isMeasured)
            {
                await SufferAsync(proxy, faults, seconds);
                continue;
            }

            var recovery = await Recovery.MeasureAsync(fleet, () => SufferAsync(proxy, faults, seconds));
            output.WriteLine($"{name}: {recovery}");
            if (recovery.SecondsBack is null) late.Add(name);
        }

        await fleet.FinishAsync(TimeSpan.FromMinutes(10));

        job.ShouldBeWhole();
        fleet.Faults.ShouldBeEmpty();
        output.WriteLine($"{Faults.Length} faults of {seconds} s each between the server and {(driver ? "the driver" : "the actors")}: {job.Groups * job.Siblings} rollouts, 0 lost, 0 twice, the books balance; {new KillReport(fleet.Work, fleet.Kills).Unexcused.Count} groups run again");
        late.ShouldBeEmpty("not as fast as before within ten seconds of healing");
    }

    private static async Task SufferAsync(FaultProxy proxy, LinkFaults faults, int seconds)
    {
        proxy.Faults = faults;
        if (faults.New == NewConnections.Reset) proxy.ResetAll();
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        proxy.Heal();
    }

    private static LinkFaults Both(DirectionFaults faults) => new() { ToTarget = faults, ToClient = faults };
}
