using System.Text.Json.Nodes;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Doctor;

/// <summary>What is found out about real servers that are as they should be, and about those that are not.</summary>
[Trait("Needs", "nats")]
public sealed class ServerDoctorTests : IDisposable
{
    private readonly ConnectAttempts _attempts = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_SoundServer_FindsNoFaultAndLeavesNothing()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams") });

        var findings = await ExamineAsync(new() { Url = server.Url }, "math");

        findings.ShouldAllBe(f => f.Kind != FindingKind.Fault);
        findings.Select(f => f.What).ShouldBe(["server", "round trip", "login", "TLS", "payload", "JetStream", "trial", "newer", "may", "may", "may"]);
        Text(findings, "server").ShouldContain("nats-server 2.");
        Text(findings, "login").ShouldContain("nobody is asked who he is");
        Text(findings, "JetStream").ShouldMatch("^on; storage 0 bytes of .+, memory .+, 0 streams of no limit, 0 consumers of no limit$");
        Text(findings, "trial").ShouldContain("groups were stored once, given out, acknowledged and removed, and a lease ran out");
        Text(findings, "may").ShouldBe("be the driver of job math: no subject that it needs is refused");
        (await StreamsAsync(server)).ShouldBeEmpty();
    }

    /// <summary>The server that Debian 12 ships ignores all that came later, in silence.</summary>
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_OldServer_SaysWhatItCannotDo()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams") });

        var findings = await ExamineAsync(new() { Url = server.Url });

        Text(findings, "server").ShouldContain("nats-server 2.");
        if (!Text(findings, "server").Contains("nats-server 2.9.", StringComparison.Ordinal)) Assert.Skip("this nats-server is newer");
        Text(findings, "server").ShouldContain("take 2.12 or later where you can");
        foreach (var missing in new[] { "metadata of streams", "compression", "allow_msg_ttl", "subject_delete_marker_ttl", "several filter_subjects", "metadata of consumers", "pause_until", "priority_groups" })
            Text(findings, "newer").ShouldContain(missing);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_JetStreamOff_SaysHowToTurnItOnAndNoMore()
    {
        await using var server = await NatsServer.StartAsync(new());

        var last = (await ExamineAsync(new() { Url = server.Url }, "math"))[^1];

        (last.Kind, last.What).ShouldBe((FindingKind.Fault, "JetStream"));
        last.Text.ShouldContain("runs without JetStream; start it with -js or a jetstream block");
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_WrongPassword_IsOneFault()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams"), Passwords = new Dictionary<string, string> { ["driver"] = "right-secret" } });
        var settings = new NatsSettings { Url = server.Url, User = "driver", PasswordFile = _attempts.File("password", "wrong-secret") };

        var finding = (await ExamineAsync(settings)).ShouldHaveSingleItem();

        finding.ShouldBe(new Finding(FindingKind.Fault, "server", $"The NATS server at {server.Url} does not accept the user 'driver' with the password in {settings.PasswordFile}; correct that, or the server's list of users"));
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData(8 << 10, FindingKind.Fault, "messages of 8 KiB at most (max_payload): no group's request fits; raise max_payload to 1MB or more")]
    [InlineData(64 << 10, FindingKind.Remark, "messages of 64 KiB at most (max_payload): a prompt whose request is larger fails")]
    public async Task Examine_SmallMessages_SaysWhatWillNotFit(int maxPayload, FindingKind kind, string expected)
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams"), Settings = new() { ["max_payload"] = maxPayload } });

        var finding = (await ExamineAsync(new() { Url = server.Url })).Single(f => f.What == "payload");

        finding.Kind.ShouldBe(kind);
        finding.Text.ShouldStartWith(expected);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_TightAccount_NamesEachLimit()
    {
        var account = new JsonObject
        {
            ["jetstream"] = new JsonObject { ["max_file"] = 10_000, ["max_streams"] = 4 },
            ["users"] = new JsonArray(new JsonObject { ["user"] = "driver", ["password"] = "right-secret" }),
        };
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams"), Settings = new() { ["accounts"] = new JsonObject { ["tight"] = account } } });
        var settings = new NatsSettings { Url = server.Url, User = "driver", PasswordFile = _attempts.File("password", "right-secret") };

        var findings = await ExamineAsync(settings);

        Text(findings, "JetStream").ShouldContain("storage 0 bytes of 9.8 KiB");
        findings.ShouldContain(f => f.Kind == FindingKind.Remark && f.Text.StartsWith("4 streams are left, and a job that begins here makes 4, nodes 1: raise"));
        findings.ShouldContain(f => f.Kind == FindingKind.Fault && f.What == "trial" && f.Text.Contains("resource", StringComparison.Ordinal));
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Examine_LeftoversOfOneThatWasKilled_AreRemovedAfterAWhile()
    {
        await using var server = await NatsServer.StartAsync(new() { JetStreamFolder = _attempts.Path("streams") });
        await using var connection = await ConnectAttempts.OpenAsync(new() { Url = server.Url });
        var streams = new NatsJSContext(connection);
        await streams.CreateStreamAsync(new StreamConfig($"KV_rollouts_doctor-{Guid.NewGuid():N}_live", ["left.>"]));
        await streams.CreateStreamAsync(new StreamConfig("rollouts_doctor-who_prompts", ["who.>"]));

        await ExamineAsync(new() { Url = server.Url });
        (await StreamsAsync(server)).Length.ShouldBe(2, "another examination may be going on");
        await foreach (var _ in new ServerDoctor(new() { Url = server.Url }, null, new LaterClock()).ExamineAsync(TestContext.Current.CancellationToken)) continue;

        (await StreamsAsync(server)).ShouldBe(["rollouts_doctor-who_prompts"]);
    }

    public void Dispose() => _attempts.Dispose();

    private static string Text(IEnumerable<Finding> findings, string what) => findings.First(f => f.What == what).Text;

    private static async Task<Finding[]> ExamineAsync(NatsSettings settings, string? job = null)
    {
        var findings = new List<Finding>();
        await foreach (var finding in new ServerDoctor(settings, job, TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken)) findings.Add(finding);
        return [.. findings];
    }

    private static async Task<string[]> StreamsAsync(NatsServer server)
    {
        await using var connection = await NatsClients.ConnectAsync(server);
        var names = new List<string>();
        await foreach (var name in new NatsJSContext(connection).ListStreamNamesAsync()) names.Add(name);
        return [.. names];
    }

    /// <summary>It is eleven minutes later.</summary>
    private sealed class LaterClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromMinutes(11);
    }
}
