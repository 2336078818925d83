using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.NKeys;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>The ways to log in to a real server. Those that sign run through our own NATS.NKeys.</summary>
[Trait("Needs", "nats")]
public class LoginTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Password_RightAndWrong_IsTakenAndRefused()
    {
        await using var server = await NatsServer.StartAsync(new() { Passwords = new Dictionary<string, string> { ["driver"] = "right" } });

        await using var connection = await NatsClients.ConnectAsync(server, new() { Username = "driver", Password = "right" });
        connection.ServerInfo!.AuthRequired.ShouldBeTrue();
        var refusal = await NatsClients.RefusalAsync(server, new() { Username = "driver", Password = "wrong-secret" });
        refusal.ToString().ShouldContain("Authorization Violation");
        refusal.ToString().ShouldNotContain("wrong-secret");
        await NatsClients.RefusalAsync(server);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task NKey_SeedOfTheUserAndOfAnother_IsTakenAndRefused()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        using var other = KeyPair.CreatePair(PrefixByte.User);
        await using var server = await NatsServer.StartAsync(new() { NKeys = [user.GetPublicKey()] });

        await using var connection = await NatsClients.ConnectAsync(server, new() { NKey = user.GetPublicKey(), Seed = user.GetSeed() });
        var refusal = await NatsClients.RefusalAsync(server, new() { NKey = user.GetPublicKey(), Seed = other.GetSeed() });
        refusal.ToString().ShouldContain("Authorization Violation");
        refusal.ToString().ShouldNotContain(other.GetSeed());
        await NatsClients.RefusalAsync(server, new() { NKey = other.GetPublicKey(), Seed = other.GetSeed() });
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Credentials_OfAnAccountWithLimits_LogInWithinThem()
    {
        using var folder = new TemporaryFolder();
        using var tokens = new MintedTokens();
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = folder.File("streams"), Operator = tokens.ForServer() });
        await File.WriteAllTextAsync(folder.File("user.creds"), tokens.UserCredentials(TimeSpan.FromMinutes(5)));

        await using var connection = await NatsClients.ConnectAsync(server, new() { CredsFile = folder.File("user.creds") });
        var streams = new NatsJSContext(connection);

        (await streams.GetAccountInfoAsync()).Limits.MaxStorage.ShouldBe(MintedTokens.MaxDiskBytes);
        await streams.CreateStreamAsync(new StreamConfig("first", ["first"]) { MaxBytes = MintedTokens.MaxDiskBytes / 2 });
        await Should.ThrowAsync<NatsJSApiException>(async () => await streams.CreateStreamAsync(new StreamConfig("second", ["second"])));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Credentials_ExpiredOrOfAForeignOperator_AreRefused()
    {
        using var folder = new TemporaryFolder();
        using var tokens = new MintedTokens();
        using var foreign = new MintedTokens();
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = folder.File("streams"), Operator = tokens.ForServer() });
        await File.WriteAllTextAsync(folder.File("expired.creds"), tokens.UserCredentials(TimeSpan.FromMinutes(-5)));
        await File.WriteAllTextAsync(folder.File("foreign.creds"), foreign.UserCredentials(TimeSpan.FromMinutes(5)));

        foreach (var file in new[] { "expired.creds", "foreign.creds" })
            (await NatsClients.RefusalAsync(server, new() { CredsFile = folder.File(file) })).ToString().ShouldContain("Authorization Violation", customMessage: file);
        await NatsClients.RefusalAsync(server);
    }
}
