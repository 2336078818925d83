using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Another job's client in an account of its own may do there what it likes, copies and catch-all streams included: it reaches nothing of this job.</summary>
[Trait("Needs", "nats")]
public class AccountsTests
{
    private const string Subject = "rollouts.math.prompts.pool.0123456789abcdef0123456789abcdef";

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task OtherAccount_EveryAttempt_FindsAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        await using var server = await NatsServer.StartAsync(SecurityDocument.TwoAccounts(folder.Path));
        await using var math = await Intruder.ConnectAsync(server, "math", "rollouts.math.inbox");
        await using var chat = await Intruder.ConnectAsync(server, "chat", "rollouts.chat.inbox");
        var (ours, theirs) = (new NatsJSContext(math.Connection), new NatsJSContext(chat.Connection));
        await ours.CreateStreamAsync(new StreamConfig("rollouts_math_prompts", ["rollouts.math.prompts.>"]));
        (await ours.PublishAsync(Subject, "a prompt of job math")).EnsureSuccess();
        await chat.ListenAsync("rollouts.math.>");
        await chat.ListenAsync("$KV.>");

        (await Should.ThrowAsync<NatsJSApiException>(async () => await theirs.GetStreamAsync("rollouts_math_prompts"))).Error.Description.ShouldBe("stream not found");
        var catchAll = await theirs.CreateStreamAsync(new StreamConfig("all", ["rollouts.math.>"]));
        var mirror = await theirs.CreateStreamAsync(new StreamConfig("mirror", []) { Subjects = null, Mirror = new StreamSource { Name = "rollouts_math_prompts" } });
        await chat.Connection.PublishAsync(Subject, "not a prompt of job math");
        (await ours.PublishAsync(Subject, "another prompt")).EnsureSuccess();
        await math.Connection.PublishAsync("rollouts.math.control.actors", "an order");
        await math.Connection.PingAsync();
        await chat.Connection.PingAsync();

        (await ours.GetStreamAsync("rollouts_math_prompts")).Info.State.Messages.ShouldBe(2);
        await catchAll.RefreshAsync();
        catchAll.Info.State.Messages.ShouldBe(1, "its own message");
        await mirror.RefreshAsync();
        mirror.Info.State.Messages.ShouldBe(0);
        chat.Received.ShouldHaveSingleItem();
    }
}
