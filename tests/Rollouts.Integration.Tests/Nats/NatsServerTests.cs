using System.Diagnostics;
using System.Text.Json.Nodes;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The server of the tests: what other tests build on.</summary>
[Trait("Needs", "nats")]
public class NatsServerTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task JetStream_MessagesPublished_ArePulledAndAcknowledgedOnce()
    {
        using var folder = new TemporaryFolder();
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = folder.Path });
        await using var connection = await NatsClients.ConnectAsync(server);
        var streams = new NatsJSContext(connection);
        var (stream, consumer) = await WorkQueueAsync(streams);

        for (var number = 0; number < 3; number++) (await streams.PublishAsync("work.pool", number)).EnsureSuccess();
        var pulled = new List<int>();
        await foreach (var message in consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 3, Expires = TimeSpan.FromSeconds(10) }))
        {
            pulled.Add(message.Data);
            await message.AckAsync(new AckOpts { DoubleAck = true });
        }

        pulled.ShouldBe([0, 1, 2]);
        await stream.RefreshAsync();
        stream.Info.State.Messages.ShouldBe(0);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Restart_KilledServer_HasThePortAndTheAcknowledgedMessages()
    {
        using var folder = new TemporaryFolder();
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = folder.Path });
        await using var connection = await NatsClients.ConnectAsync(server);
        var streams = new NatsJSContext(connection);
        var (stream, _) = await WorkQueueAsync(streams);
        for (var number = 0; number < 5; number++) (await streams.PublishAsync("work.pool", number)).EnsureSuccess();
        var (process, port) = (server.ProcessId, server.Port);

        await server.KillAsync();
        IsRunning(process).ShouldBeFalse();
        await server.RestartAsync();

        server.Port.ShouldBe(port);
        server.ProcessId.ShouldNotBe(process);
        await using var later = await NatsClients.ConnectAsync(server);
        (await new NatsJSContext(later).GetStreamAsync(stream.Info.Config.Name!)).Info.State.Messages.ShouldBe(5);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Dispose_RunningServer_LeavesNoProcess()
    {
        var server = await NatsServer.StartAsync(new());
        var process = server.ProcessId;
        IsRunning(process).ShouldBeTrue();

        await server.DisposeAsync();
        await server.DisposeAsync();

        IsRunning(process).ShouldBeFalse();
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Start_ManyServersAtOnce_AllRunOnTheirOwnPorts()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => NatsServer.StartAsync(new())));

        servers.Select(server => server.Port).ShouldBeUnique();
        foreach (var server in servers) await server.DisposeAsync();
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Start_FaultyConfiguration_TellsWhatTheServerSaid()
    {
        var fault = await Should.ThrowAsync<InvalidOperationException>(() => NatsServer.StartAsync(new() { Settings = new JsonObject { ["no_such_setting"] = 1 } }));

        fault.Message.ShouldContain("no_such_setting");
    }

    private static async Task<(INatsJSStream Stream, INatsJSConsumer Consumer)> WorkQueueAsync(NatsJSContext streams)
    {
        var stream = await streams.CreateStreamAsync(new StreamConfig("work", ["work.>"]) { Retention = StreamConfigRetention.Workqueue });
        var consumer = await streams.CreateOrUpdateConsumerAsync("work", new ConsumerConfig("pool") { AckPolicy = ConsumerConfigAckPolicy.Explicit });
        return (stream, consumer);
    }

    private static bool IsRunning(int process) => Process.GetProcesses().Any(p => p.Id == process);
}
