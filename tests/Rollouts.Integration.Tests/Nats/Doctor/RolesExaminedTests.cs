using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats.Doctor;

/// <summary>What users with the documentation's permissions learn about themselves, and that a running job notices nothing of it.</summary>
[Trait("Needs", "nats")]
public sealed class RolesExaminedTests : IAsyncLifetime
{
    private static readonly string[] Streams = ["rollouts_math_prompts", "rollouts_math_results", "KV_rollouts_math", "KV_rollouts_math_live"];
    private readonly TemporaryFolder _folder = new();
    private NatsServer _server = null!;
    private Intruder _driver = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await NatsServer.StartAsync(SecurityDocument.OneAccount(_folder.Path));
        _driver = await Intruder.ConnectAsync(_server, "math_driver", "rollouts.math.inbox");
        var streams = new NatsJSContext(_driver.Connection);
        foreach (var kind in new[] { "prompts", "results" })
        {
            await streams.CreateStreamAsync(new StreamConfig($"rollouts_math_{kind}", [$"rollouts.math.{kind}.>"]) { Retention = StreamConfigRetention.Workqueue });
            await streams.CreateOrUpdateConsumerAsync($"rollouts_math_{kind}", new ConsumerConfig("driver") { DurableName = "driver", AckPolicy = ConsumerConfigAckPolicy.Explicit });
        }

        foreach (var bucket in new[] { "rollouts_math", "rollouts_math_live" }) await (await new NatsKVContext(streams).CreateOrUpdateStoreAsync(new NatsKVConfig(bucket))).PutAsync("job", "a record");
        (await streams.PublishAsync($"rollouts.math.prompts.pool.{new string('0', 32)}", "a prompt")).EnsureSuccess();
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("math_driver", "driver")]
    [InlineData("math_actor", "actor")]
    [InlineData("math_node", "actor", "node")]
    public async Task Examine_UserOfARole_MayBeThatAndNoMoreAndChangesNothing(string user, params string[] roles)
    {
        var before = await StateAsync();

        var findings = await ExamineAsync(user);

        findings.ShouldAllBe(f => f.Kind != FindingKind.Fault);
        findings.Where(f => f.What == "may" && f.Kind == FindingKind.Sound).Select(f => f.Text.Split(' ')[2]).ShouldBe(roles);
        findings.Single(f => f.What == "trial").ShouldSatisfyAllConditions(f => f.Kind.ShouldBe(FindingKind.Remark), f => f.Text.ShouldContain("this user may not make a scratch job"));
        (await StateAsync()).ShouldBe(before);
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("math_viewer")]
    [InlineData("chat_driver")]
    public async Task Examine_UserOfNoRoleOfTheJob_IsToldTheSubjects(string user)
    {
        var before = await StateAsync();

        var findings = await ExamineAsync(user);

        var driver = findings.First(f => f.What == "may");
        driver.Kind.ShouldBe(FindingKind.Fault);
        driver.Text.ShouldStartWith("not be the driver of job math: this user may not publish to rollouts.math.prompts.doctor-nobody.");
        driver.Text.ShouldEndWith("give it the permissions of its role (rollout-actors/docs/security.md)");
        (await StateAsync()).ShouldBe(before);
    }

    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<Finding[]> ExamineAsync(string user)
    {
        await File.WriteAllTextAsync(_folder.File(user), SecurityDocument.Password(user));
        var settings = new NatsSettings { Url = _server.Url, User = user, PasswordFile = _folder.File(user) };
        var findings = new List<Finding>();
        await foreach (var finding in new ServerDoctor(settings, "math", TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken)) findings.Add(finding);
        return [.. findings];
    }

    /// <summary>Of each stream what lies in it and what its consumer has given out.</summary>
    private async Task<string> StateAsync()
    {
        var streams = new NatsJSContext(_driver.Connection);
        var lines = new List<string>();
        foreach (var name in Streams)
        {
            var state = (await streams.GetStreamAsync(name)).Info.State;
            lines.Add($"{name} {state.Messages} {state.LastSeq} {state.ConsumerCount}");
        }

        foreach (var name in Streams[..2])
        {
            var consumer = (await streams.GetConsumerAsync(name, "driver")).Info;
            lines.Add($"{name} {consumer.Delivered.ConsumerSeq} {consumer.NumAckPending} {consumer.NumWaiting}");
        }

        return string.Join('\n', lines);
    }
}
