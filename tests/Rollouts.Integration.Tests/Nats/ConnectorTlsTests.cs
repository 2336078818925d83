using Rollouts.Actors;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Whose certificates our connector takes and shows, against a real server.</summary>
[Trait("Needs", "nats")]
public sealed class ConnectorTlsTests : IDisposable
{
    private const string Password = "right-secret";
    private readonly ConnectAttempts _attempts = new();

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_Tls_TrustsOnlyTheNamedAuthorityAndTheNamedHost()
    {
        using var trusted = new MintedCertificates(_attempts.Folder, "trusted");
        using var unknown = new MintedCertificates(_attempts.Folder, "unknown");
        var (certificate, key) = trusted.Issue("server");
        await using var server = await NatsServer.StartAsync(new() { Tls = new(certificate, key) });
        var settings = new NatsSettings { Url = server.Url, Tls = new() { Ca = trusted.AuthorityFile } };

        await using var connection = await ConnectAttempts.OpenAsync(settings);
        (await _attempts.ProblemAsync(settings with { Tls = new() { Ca = unknown.AuthorityFile } })).ShouldBe((NatsConnectProblem.UntrustedServer,
            $"The certificate of the NATS server at {server.Url} is not valid under the authorities in {unknown.AuthorityFile} (transport.tls.ca)"));
        var plain = settings with { Url = $"nats://localhost:{server.Port}", Tls = null };
        (await _attempts.ProblemAsync(plain)).ShouldBe((NatsConnectProblem.UntrustedServer,
            $"The NATS server at {plain.Url} speaks TLS, and this machine does not trust its certificate; name the authority's PEM file in transport.tls.ca"));
        var otherName = settings with { Url = $"tls://127.0.0.2:{server.Port}" };
        (await _attempts.ProblemAsync(otherName with { Url = $"tls://[::ffff:127.0.0.1]:{server.Port}" })).Problem.ShouldBe(NatsConnectProblem.UntrustedServer);
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Open_MutualTls_DemandsACertificateOfItsAuthority()
    {
        using var trusted = new MintedCertificates(_attempts.Folder, "trusted");
        using var unknown = new MintedCertificates(_attempts.Folder, "unknown");
        var (certificate, key) = trusted.Issue("server");
        var (own, ownKey) = trusted.Issue("client");
        var (foreign, foreignKey) = unknown.Issue("client");
        await using var server = await NatsServer.StartAsync(new() { Tls = new(certificate, key, trusted.AuthorityFile) });
        NatsSettings Showing(string? shown, string? secret) => new() { Url = server.Url, Tls = new() { Ca = trusted.AuthorityFile, Cert = shown, Key = secret } };

        await using var connection = await ConnectAttempts.OpenAsync(Showing(own, ownKey));
        (await _attempts.ProblemAsync(Showing(null, null))).ShouldBe((NatsConnectProblem.ClientCertificate, $"The NATS server at {server.Url} demands a client certificate; give transport.tls.cert and tls.key"));
        (await _attempts.ProblemAsync(Showing(foreign, foreignKey))).ShouldBe((NatsConnectProblem.ClientCertificate, $"The NATS server at {server.Url} does not accept the certificate {foreign} (transport.tls.cert)"));
        (await _attempts.ProblemAsync(Showing(own, foreignKey))).ShouldBe((NatsConnectProblem.File, $"transport.tls.key: {foreignKey} is not the private key of {own} in PEM, without a password"));
    }

    [Theory(SkipExceptions = [typeof(NatsServerMissingException)])]
    [InlineData("tls://localhost")]
    [InlineData("nats://localhost")]
    public async Task Open_TlsAskedOfAPlainServer_SendsNothingPlain(string scheme)
    {
        using var trusted = new MintedCertificates(_attempts.Folder, "trusted");
        await using var server = await NatsServer.StartAsync(new() { Passwords = new Dictionary<string, string> { ["driver"] = Password } });
        var settings = new NatsSettings { Url = $"{scheme}:{server.Port}", User = "driver", PasswordFile = _attempts.File("password", Password), Tls = new() { Ca = trusted.AuthorityFile } };

        (await _attempts.ProblemAsync(settings)).ShouldBe((NatsConnectProblem.NoTls, $"The NATS server at {settings.Url} has no TLS, and tls:// or transport.tls asks for it"));
    }

    public void Dispose() => _attempts.Dispose();
}
