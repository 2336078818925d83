using System.Globalization;
using System.Net;
using NATS.Client.Core;
using Rollouts.TestSupport.Nats;
using Rollouts.TestSupport.Network;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>A connection over a network that breaks in different ways notices it, and comes back with its subscriptions when the network is well again.</summary>
[Trait("Needs", "nats")]
public class ConnectionFaultsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] Faults =
        ["reset", "silence", "silence of the server", "silence of the client", "half-open at the server", "half-open at the client", "cut within a message"];

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Connection_NetworkBreaksAndHeals_IsThereAgain()
    {
        await using var server = await NatsServer.StartAsync(new());

        // At once, because each waits for seconds: a silence is noticed by three pings.
        var failures = await Task.WhenAll(Faults.Select(fault => FailureAsync(server, fault)));

        failures.OfType<string>().ShouldBeEmpty();
    }

    private static async Task<string?> FailureAsync(NatsServer server, string fault)
    {
        try
        {
            await BreakAndHealAsync(server, fault);
            return null;
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException or NatsException or ShouldAssertException)
        {
            return $"{fault}: {failure.Message}";
        }
    }

    private static async Task BreakAndHealAsync(NatsServer server, string fault)
    {
        await using var proxy = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, server.Port), seed: 1);
        await using var connection = await ConnectAttempts.OpenAsync(new() { Url = $"nats://127.0.0.1:{proxy.Address.Port}" });
        await using var subscription = await connection.SubscribeCoreAsync<string>(proxy.Address.Port.ToString(CultureInfo.InvariantCulture));
        var (broken, back) = (Next(handler => connection.ConnectionDisconnected += handler), Next(handler => connection.ConnectionOpened += handler));

        Break(proxy, fault);
        await broken.WaitAsync(Patience);
        proxy.Heal();
        await back.WaitAsync(Patience);

        await connection.PublishAsync(subscription.Subject, fault);
        using var deadline = new CancellationTokenSource(Patience);
        (await subscription.Msgs.ReadAsync(deadline.Token)).Data.ShouldBe(fault);
    }

    private static void Break(FaultProxy proxy, string fault)
    {
        switch (fault)
        {
            case "reset": proxy.ResetAll(); break;
            case "silence": proxy.Faults = LinkFaults.Silence; break;
            case "silence of the server": proxy.Faults = new() { ToClient = DirectionFaults.Dropping }; break;
            case "silence of the client": proxy.Faults = new() { ToTarget = DirectionFaults.Dropping }; break;
            case "half-open at the server": proxy.LoseTarget(); break;
            case "half-open at the client": proxy.LoseClients(); break;
            default: proxy.Faults = new() { ToClient = new() { LimitBytes = 3 } }; break;
        }
    }

    private static Task Next(Action<AsyncEventHandler<NatsEventArgs>> subscribe)
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        subscribe((_, _) =>
        {
            next.TrySetResult();
            return ValueTask.CompletedTask;
        });
        return next.Task;
    }
}
