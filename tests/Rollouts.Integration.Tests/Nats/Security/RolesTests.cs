using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>What each role of the documentation's permissions may not do, and what a client of another job may not: the server refuses it by name, and nothing changes or leaks.</summary>
[Trait("Needs", "nats")]
public sealed class RolesTests : IAsyncLifetime
{
    private const string Group = "0123456789abcdef0123456789abcdef";
    private static readonly byte[] Secret = "a prompt of job math"u8.ToArray();

    private static readonly string[] OthersWork =
    [
        $"rollouts.math.prompts.pool.{Group}", "rollouts.math.control.actors", "$KV.rollouts_math.job", "$KV.rollouts_math.fenced.abc", "$KV.rollouts_math_live.driver",
        "$JS.ACK.rollouts_math_results.driver.1.1.1.1.1", "$JS.API.STREAM.PURGE.rollouts_math_prompts", "$JS.API.STREAM.DELETE.rollouts_math_prompts", "$JS.API.STREAM.DELETE.rollouts_math_results",
        "$JS.API.STREAM.UPDATE.rollouts_math_prompts", "$JS.API.STREAM.MSG.DELETE.rollouts_math_prompts", "$JS.API.STREAM.MSG.GET.rollouts_math_prompts", "$JS.API.STREAM.MSG.GET.rollouts_math_results", "$JS.API.DIRECT.GET.rollouts_math_results",
        "$JS.API.CONSUMER.MSG.NEXT.rollouts_math_results.driver", "$JS.API.CONSUMER.CREATE.rollouts_math_results.own", "$JS.API.CONSUMER.DELETE.rollouts_math_prompts.pool-1",
        "$JS.API.STREAM.SNAPSHOT.rollouts_math_prompts", "$JS.API.STREAM.CREATE.copy", "$JS.API.CONSUMER.CREATE.rollouts_math_prompts.own",
    ];

    private static readonly string[] WholeJob =
    [
        .. OthersWork, $"rollouts.math.results.pool.{Group}", $"rollouts.math.deltas.{Group}", "rollouts.math.control.actor.a1", "rollouts.math.control.driver.ask", "rollouts.math.control.driver.death",
        "rollouts.math.inbox.x", "$KV.rollouts_math_live.actors.a1", "$JS.ACK.rollouts_math_prompts.pool-1.1.1.1.1.1", "$JS.API.STREAM.INFO.rollouts_math_prompts",
        "$JS.API.CONSUMER.MSG.NEXT.rollouts_math_prompts.pool-1", "$JS.API.DIRECT.GET.KV_rollouts_math", "$JS.API.DIRECT.GET.KV_rollouts_math_live", "$JS.API.STREAM.MSG.GET.KV_rollouts_math",
        "$JS.API.CONSUMER.CREATE.KV_rollouts_math.own",
    ];

    private static readonly string[] EverySubject =
        ["rollouts.math.>", "rollouts.math.prompts.>", "rollouts.math.results.>", "rollouts.math.control.>", "rollouts.math.deltas.>", "rollouts.math.inbox.>", "$KV.>", "$JS.API.>", ">"];

    private readonly TemporaryFolder _folder = new();
    private NatsServer _server = null!;
    private Intruder _driver = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await NatsServer.StartAsync(SecurityDocument.OneAccount(_folder.Path));
        _driver = await Intruder.ConnectAsync(_server, "math_driver", "rollouts.math.inbox");
        await MakeJobAsync();
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("math_actor")]
    [InlineData("math_node")]
    public async Task Actor_OthersWork_IsRefused(string user)
    {
        await using var actor = await Intruder.ConnectAsync(_server, user, "rollouts.math.inbox");

        (await actor.NotRefusedAsync(OthersWork, Secret)).ShouldBeEmpty();
        await ListenToAsync(actor, "rollouts.math.prompts.>", "rollouts.math.results.>", "rollouts.math.control.driver.*", "rollouts.math.deltas.*", "$KV.>", "$JS.API.>", ">");
        await RequireUntouchedAsync(actor);
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("math_viewer", "rollout_nodes.inbox")]
    [InlineData("math_operator", "rollout_nodes.inbox")]
    public async Task Viewer_Work_IsRefused(string user, string inbox)
    {
        await using var viewer = await Intruder.ConnectAsync(_server, user, inbox);

        string[] seen = ["$JS.API.DIRECT.GET.KV_rollouts_math_live", "rollouts.math.control.actor.a1"];
        (await viewer.NotRefusedAsync([.. WholeJob.Except(seen)], Secret)).ShouldBeEmpty();
        await ListenToAsync(viewer, EverySubject);
        await RequireUntouchedAsync(viewer);
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("chat_driver", "rollouts.chat.inbox")]
    [InlineData("chat_actor", "rollouts.chat.inbox")]
    [InlineData("chat_node", "rollouts.chat.inbox")]
    [InlineData("chat_viewer", "rollout_nodes.inbox")]
    public async Task OtherJob_WholeJob_IsRefused(string user, string inbox)
    {
        await using var other = await Intruder.ConnectAsync(_server, user, inbox);

        (await other.NotRefusedAsync(WholeJob, Secret)).ShouldBeEmpty();
        await ListenToAsync(other, EverySubject);
        await RequireUntouchedAsync(other);
    }

    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>What a driver makes, with one message or key in each.</summary>
    private async Task MakeJobAsync()
    {
        var streams = new NatsJSContext(_driver.Connection);
        await streams.CreateStreamAsync(new StreamConfig("rollouts_math_prompts", ["rollouts.math.prompts.>"]) { Retention = StreamConfigRetention.Workqueue });
        await streams.CreateStreamAsync(new StreamConfig("rollouts_math_results", ["rollouts.math.results.>"]) { Retention = StreamConfigRetention.Workqueue });
        await streams.CreateOrUpdateConsumerAsync("rollouts_math_prompts", new ConsumerConfig("pool-1") { DurableName = "pool-1", AckPolicy = ConsumerConfigAckPolicy.Explicit, FilterSubject = "rollouts.math.prompts.pool.>" });
        var buckets = new NatsKVContext(streams);
        await (await buckets.CreateOrUpdateStoreAsync(new NatsKVConfig("rollouts_math") { History = 1 })).PutAsync("job", Secret);
        await (await buckets.CreateOrUpdateStoreAsync(new NatsKVConfig("rollouts_math_live") { History = 1 })).PutAsync("driver", Secret);
        (await streams.PublishAsync($"rollouts.math.prompts.pool.{Group}", Secret)).EnsureSuccess();
    }

    private static async Task ListenToAsync(Intruder intruder, params string[] subjects)
    {
        foreach (var subject in subjects) await intruder.ListenAsync(subject);
        (await intruder.NotRefusedAsync(subjects)).ShouldBeEmpty();
    }

    /// <summary>After the job has said something everywhere, the intruder has heard nothing, and the job is as it was.</summary>
    private async Task RequireUntouchedAsync(Intruder intruder)
    {
        var heard = intruder.Received.Length;
        await _driver.Connection.PublishAsync("rollouts.math.control.actors", Secret);
        var streams = new NatsJSContext(_driver.Connection);
        await _driver.Connection.PingAsync();
        await intruder.Connection.PingAsync();

        (await streams.GetStreamAsync("rollouts_math_prompts")).Info.State.Messages.ShouldBe(1);
        (await streams.GetStreamAsync("rollouts_math_results")).Info.State.Messages.ShouldBe(0);
        (await streams.GetConsumerAsync("rollouts_math_prompts", "pool-1")).Info.NumAckPending.ShouldBe(0);
        (await streams.GetStreamAsync("KV_rollouts_math")).Info.State.LastSeq.ShouldBe(1ul);
        (await streams.GetStreamAsync("KV_rollouts_math_live")).Info.State.LastSeq.ShouldBe(1ul);
        heard.ShouldBe(0);
        intruder.Received.ShouldBeEmpty();
        _server.Log.ShouldNotContain("secret-of");
    }
}
