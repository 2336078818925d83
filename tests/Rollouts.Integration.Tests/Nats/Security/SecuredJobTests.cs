using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Whole jobs under the documentation's configuration files: what they grant is enough for everything that a job does, and nobody's secret turns up anywhere.</summary>
[Trait("Needs", "nats")]
public sealed class SecuredJobTests : IAsyncDisposable
{
    private readonly SecuredJob _job = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Job_EveryRoleItsOwnUser_RunsWithoutOneRefusal()
    {
        await using var server = await NatsServer.StartAsync(SecurityDocument.OneAccount(_job.Streams()));
        var job = _job.Recipe($"{{ url: '{server.Url}', user: math_driver, password_file: math_driver, lease: 2s, deltas: true }}");
        var driver = _job.Start("run", job);
        var actor = _job.StartAs("math_actor", server.Url, "actor", "--job", "math", "--pool", "pool", "--name", "alone");
        var node = _job.StartAs("math_node", server.Url, "node", "--slots", "1", "--name", "site");

        await SecuredJob.UntilAsync(async () => await _job.PsAsync(server.Url) is var list && list.Contains("\"alone\"", StringComparison.Ordinal) && list.Contains("\"site-0\"", StringComparison.Ordinal));
        driver.Process.Kill();
        var again = _job.Start("run", job);
        (await _job.RunAsAsync("math_operator", server.Url, "drain", "alone", "--hand-back")).ShouldContain("alone drains");
        (await SecuredJob.EndAsync(actor)).ShouldContain("drained");
        (await SecuredJob.EndAsync(again)).ShouldContain("issued 384 = committed 384");
        (await _job.RunAsAsync("math_operator", server.Url, "drain", "site")).ShouldContain("site drains");
        await SecuredJob.EndAsync(node);

        server.Log.ShouldNotContain("Violation");
        await _job.RequireNoSecretAsync(server);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Job_OwnAccountAndCertificatesOnBothSides_Runs()
    {
        using var authority = new MintedCertificates(_job.Folder, "site");
        var (certificate, key) = authority.Issue("server");
        var (own, ownKey) = authority.Issue("client");
        var accounts = SecurityDocument.TwoAccounts(_job.Streams());
        await using var server = await NatsServer.StartAsync(accounts with { Text = accounts.Text + SecurityDocument.Tls(certificate, key, authority.AuthorityFile) });
        var url = $"tls://localhost:{server.Port}";
        var job = _job.Recipe($"{{ url: '{url}', user: math, password_file: math, tls: {{ ca: {authority.AuthorityFile}, cert: {own}, key: {ownKey} }}, lease: 2s }}");
        var driver = _job.Start("run", job, "--set", "prompts.limit=8");

        var actor = _job.StartAs("math", url, "actor", "--job", "math", "--pool", "pool", "--tls-ca", authority.AuthorityFile, "--tls-cert", own, "--tls-key", ownKey);
        var stranger = _job.StartAs("chat", url, "actor", "--job", "math", "--pool", "pool", "--tls-ca", authority.AuthorityFile);

        (await SecuredJob.EndAsync(stranger, 1)).ShouldContain("demands a client certificate; give transport.tls.cert and tls.key");
        (await SecuredJob.EndAsync(driver)).ShouldContain("issued 96 = committed 96");
        (await SecuredJob.EndAsync(actor)).ShouldContain("job 'math' has ended");
        await _job.RequireNoSecretAsync(server);
    }

    public ValueTask DisposeAsync() => _job.DisposeAsync();
}
