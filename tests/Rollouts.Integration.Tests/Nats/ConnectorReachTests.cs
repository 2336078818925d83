using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using NATS.Client.Core;
using Rollouts.Actors;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Servers that are not there, not yet, no longer, or not what was hoped for.</summary>
[Trait("Needs", "nats")]
public sealed class ConnectorReachTests : IDisposable
{
    private const string Password = "right-secret";
    private readonly ConnectAttempts _attempts = new();

    [Fact]
    public async Task Open_NobodyThere_TriesUntilItsDeadline()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var url = $"nats://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}";
        closed.Stop();

        (await _attempts.ProblemAsync(new() { Url = url })).ShouldBe((NatsConnectProblem.Unreachable, $"No NATS server answers at {url} (Connection refused); start one there, or correct transport.url"));
    }

    [Fact]
    public async Task Open_SomebodyWhoSaysNothing_EndsAtItsDeadline()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var url = $"nats://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";

        (await _attempts.ProblemAsync(new() { Url = url })).ShouldBe((NatsConnectProblem.Unreachable, $"No NATS server answers at {url} (no answer in time); start one there, or correct transport.url"));
    }

    [Fact]
    public async Task Open_AnotherProtocol_IsNamed()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"nats://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        using var stop = new CancellationTokenSource();
        var greeting = GreetAsync(other, "220 mail ready\r\n", stop.Token);

        (await _attempts.ProblemAsync(new() { Url = url })).ShouldBe((NatsConnectProblem.Refused, $"What answers at {url} is no NATS server; correct transport.url"));

        await stop.CancelAsync();
        await greeting;
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_ServerStartedALittleLater_IsWaitedFor()
    {
        await using var server = await NatsServer.StartAsync(new());
        await server.KillAsync();

        var opening = NatsConnector.OpenAsync(new() { Url = server.Url }, "test", "inbox", TestContext.Current.CancellationToken);
        await server.RestartAsync();

        await using var connection = await opening;
        connection.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Publish_WhileTheServerIsGone_EndsAndGoesOnAfterItsReturn()
    {
        await using var server = await NatsServer.StartAsync(new() { Passwords = new Dictionary<string, string> { ["driver"] = Password } });
        var connection = await ConnectAttempts.OpenAsync(new() { Url = server.Url, User = "driver", PasswordFile = _attempts.File("password", Password) });
        await server.KillAsync();
        while (connection.ConnectionState == NatsConnectionState.Open) await Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken);

        var publishing = connection.PublishAsync("subject", "text").AsTask();
        await server.RestartAsync();
        await publishing;
        await connection.PingAsync(TestContext.Current.CancellationToken);

        await server.KillAsync();
        await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task RequireJetStream_ServerOrAccountWithoutIt_SaysWhich()
    {
        await using var without = await NatsServer.StartAsync(new());
        var accounts = new JsonObject { ["plain"] = new JsonObject { ["users"] = new JsonArray(new JsonObject { ["user"] = "driver", ["password"] = Password }) } };
        await using var account = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams"), Settings = new() { ["accounts"] = accounts } });

        await using var first = await ConnectAttempts.OpenAsync(new() { Url = without.Url });
        await using var second = await ConnectAttempts.OpenAsync(new() { Url = account.Url, User = "driver", PasswordFile = _attempts.File("password", Password) });

        (await JetStreamProblemAsync(first)).ShouldContain("runs without JetStream; start it with -js or a jetstream block");
        (await JetStreamProblemAsync(second)).ShouldContain("has no JetStream for this user's account");
    }

    public void Dispose() => _attempts.Dispose();

    private static async Task<string> JetStreamProblemAsync(NatsConnection connection)
    {
        var problem = await Should.ThrowAsync<NatsConnectException>(() => NatsConnector.RequireJetStreamAsync(connection, new() { Url = "nats://test" }, TestContext.Current.CancellationToken));
        problem.Problem.ShouldBe(NatsConnectProblem.NoJetStream);
        return problem.Message;
    }

    private static async Task GreetAsync(TcpListener listener, string text, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
