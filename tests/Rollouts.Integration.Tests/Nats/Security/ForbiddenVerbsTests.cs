using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>What a person is told whose user may not do what the verb does.</summary>
[Trait("Needs", "nats")]
public sealed class ForbiddenVerbsTests : IAsyncDisposable
{
    private readonly SecuredJob _job = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Verbs_UsersWithoutTheRight_SayWhichSubject()
    {
        await using var server = await NatsServer.StartAsync(SecurityDocument.OneAccount(_job.Streams()));
        var driver = _job.Start("run", _job.Recipe($"{{ url: '{server.Url}', user: math_actor, password_file: math_actor, lease: 2s }}"));
        var actor = _job.StartAs("chat_actor", server.Url, "actor", "--job", "math", "--pool", "pool");
        var node = _job.StartAs("math_viewer", server.Url, "node", "--slots", "1");
        var ps = _job.StartAs("math_actor", server.Url, "ps");

        (await SecuredJob.EndAsync(driver, 1)).ShouldMatch(@"this user may not publish to \$JS\.API\.STREAM\.\w+\.KV_rollouts_math");
        (await SecuredJob.EndAsync(actor, 1)).ShouldContain("this user may not publish to $JS.API.STREAM.INFO.KV_rollouts_math; give it the permission");
        (await SecuredJob.EndAsync(node, 1)).ShouldMatch(@"this user may not publish to \$JS\.API\.STREAM\.\w+\.KV_rollout_nodes");
        (await SecuredJob.EndAsync(ps, 1)).ShouldContain("this user may not publish to $JS.API.INFO; give it the permission");
        await _job.RequireNoSecretAsync(server);
    }

    public ValueTask DisposeAsync() => _job.DisposeAsync();
}
