using NATS.Client.Core;
using NATS.NKeys;
using Rollouts.Actors;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Who may log in to a real server through our connector, and what those are told who may not; no line holds a secret.</summary>
[Trait("Needs", "nats")]
public sealed class ConnectorTests : IDisposable
{
    private const string Password = "right-secret";
    private readonly ConnectAttempts _attempts = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_RightPassword_HasNameAndInbox()
    {
        await using var server = await NatsServer.StartAsync(new() { Passwords = new Dictionary<string, string> { ["driver"] = Password } });
        var settings = new NatsSettings { Url = server.Url, User = "driver", PasswordFile = _attempts.File("password", Password + "\n") };

        await using var connection = await NatsConnector.OpenAsync(settings, "job driver", "rollouts.job.inbox", TestContext.Current.CancellationToken);

        (connection.Opts.Name, connection.ConnectionState).ShouldBe(("job driver", NatsConnectionState.Open));
        connection.NewInbox().ShouldStartWith("rollouts.job.inbox.");
        settings.ToString().ShouldNotContain(Password);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_WrongPasswordOrNone_IsUnauthorized()
    {
        await using var server = await NatsServer.StartAsync(new() { Passwords = new Dictionary<string, string> { ["driver"] = Password } });
        var wrong = new NatsSettings { Url = server.Url, User = "driver", PasswordFile = _attempts.File("password", "wrong-secret") };

        (await _attempts.ProblemAsync(wrong)).ShouldBe((NatsConnectProblem.Unauthorized,
            $"The NATS server at {server.Url} does not accept the user 'driver' with the password in {_attempts.Path("password")}"));
        (await _attempts.ProblemAsync(new() { Url = server.Url })).ShouldBe((NatsConnectProblem.Unauthorized,
            $"The NATS server at {server.Url} demands credentials; give transport.creds_file, nkey_file, or user and password_file"));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_SeedFile_IsTakenOrRefusedByItsPublicKey()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        using var other = KeyPair.CreatePair(PrefixByte.User);
        await using var server = await NatsServer.StartAsync(new() { NKeys = [user.GetPublicKey()] });

        await using var connection = await ConnectAttempts.OpenAsync(new() { Url = server.Url, NKeyFile = _attempts.File("user.seed", user.GetSeed()) });
        (await _attempts.ProblemAsync(new() { Url = server.Url, NKeyFile = _attempts.File("other.seed", other.GetSeed()) })).ShouldBe((NatsConnectProblem.Unauthorized,
            $"The NATS server at {server.Url} does not accept the key {other.GetPublicKey()} of {_attempts.Path("other.seed")}"));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_Credentials_GoodExpiredAndForeign()
    {
        using var tokens = new MintedTokens();
        using var foreign = new MintedTokens();
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams"), Operator = tokens.ForServer() });
        NatsSettings With(string name, string content) => new() { Url = server.Url, CredsFile = _attempts.File(name, content) };

        await using var connection = await ConnectAttempts.OpenAsync(With("good.creds", tokens.UserCredentials(TimeSpan.FromMinutes(5))));
        await NatsConnector.RequireJetStreamAsync(connection, new() { Url = "nats://test" }, TestContext.Current.CancellationToken);

        var (expired, message) = await _attempts.ProblemAsync(With("expired.creds", tokens.UserCredentials(TimeSpan.FromMinutes(-5))));
        expired.ShouldBe(NatsConnectProblem.Expired);
        message.ShouldMatch(@"The credentials of the user U[A-Z0-9]+ of .*expired\.creds, issued by A[A-Z0-9]+ expired at 20\S+ \S+Z; take newer ones");
        var (unknown, reason) = await _attempts.ProblemAsync(With("foreign.creds", foreign.UserCredentials(TimeSpan.FromMinutes(5))));
        unknown.ShouldBe(NatsConnectProblem.Unauthorized);
        reason.ShouldMatch(@"does not accept the user U[A-Z0-9]+ of .*foreign\.creds, issued by A[A-Z0-9]+");
    }

    public void Dispose() => _attempts.Dispose();
}
