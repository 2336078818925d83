using NATS.Client.Core;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>Connections under certificates that the test has made.</summary>
[Trait("Needs", "nats")]
public class TlsTests
{
    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task Tls_TrustedAndUnknownAuthority_IsTakenAndRefused()
    {
        using var folder = new TemporaryFolder();
        using var trusted = new MintedCertificates(folder, "trusted");
        using var unknown = new MintedCertificates(folder, "unknown");
        var (certificate, key) = trusted.Issue("server");
        await using var server = await NatsServer.StartAsync(new() { Tls = new(certificate, key) });

        await using var connection = await NatsClients.ConnectAsync(server, tls: new() { CaFile = trusted.AuthorityFile, Mode = TlsMode.Require });
        connection.ServerInfo!.TlsRequired.ShouldBeTrue();
        await NatsClients.RefusalAsync(server, tls: new() { CaFile = unknown.AuthorityFile, Mode = TlsMode.Require });
        await NatsClients.RefusalAsync(server, tls: new() { Mode = TlsMode.Disable });
    }

    [Fact(SkipExceptions = [typeof(NatsServerMissingException)])]
    public async Task MutualTls_WithAndWithoutCertificate_IsTakenAndRefused()
    {
        using var folder = new TemporaryFolder();
        using var trusted = new MintedCertificates(folder, "trusted");
        var (certificate, key) = trusted.Issue("server");
        var (clientCertificate, clientKey) = trusted.Issue("client");
        await using var server = await NatsServer.StartAsync(new() { Tls = new(certificate, key, trusted.AuthorityFile) });
        var anonymous = new NatsTlsOpts { CaFile = trusted.AuthorityFile, Mode = TlsMode.Require };

        await using var connection = await NatsClients.ConnectAsync(server, tls: anonymous with { CertFile = clientCertificate, KeyFile = clientKey });
        await NatsClients.RefusalAsync(server, tls: anonymous);
    }
}
