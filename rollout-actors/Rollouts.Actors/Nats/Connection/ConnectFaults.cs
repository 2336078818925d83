using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using NATS.Client.Core;

namespace Rollouts.Actors;

/// <summary>Turns what the client threw into the one line that a person needs.</summary>
internal sealed class ConnectFaults(NatsSettings settings, NatsTls tls, TimeProvider time)
{
    /// <param name="fault">What a connect ended with.</param>
    /// <param name="server">What the server said of itself, where it came that far.</param>
    public NatsConnectException Describe(Exception fault, INatsServerInfo? server)
    {
        var causes = Causes(fault).ToArray();
        if (causes.OfType<NatsConnectException>().FirstOrDefault() is { } known) return known;
        if (causes.OfType<NatsServerException>().FirstOrDefault() is { } said) return Refusal(said);
        if (tls.Verdict != SslPolicyErrors.None) return Untrusted();
        if (tls.IsRequired && server is { TlsRequired: false, TlsAvailable: false }) return Problem(NatsConnectProblem.NoTls, $"The NATS server at {settings.Address} has no TLS, and tls:// or transport.tls asks for it");
        if (server is { TlsVerify: true, TlsRequired: true }) return ClientCertificate(fault);
        if (causes.OfType<AuthenticationException>().Any()) return Problem(NatsConnectProblem.Refused, $"No TLS connection could be agreed on with the NATS server at {settings.Address}", fault);
        return Problem(NatsConnectProblem.Unreachable, $"The NATS server at {settings.Address} did not answer in time, or broke off the connection", fault);
    }

    private NatsConnectException Refusal(NatsServerException said)
    {
        if (said.Error.Contains("Timeout", StringComparison.OrdinalIgnoreCase)) return Problem(NatsConnectProblem.Unreachable, $"The NATS server at {settings.Address} was too slow to log in to", said);
        if (!said.IsAuthError) return Problem(NatsConnectProblem.Refused, $"The NATS server at {settings.Address} refused the connection: {said.Error}", said);
        if (NatsCredentials.Read(settings) is not { } shown)
            return Problem(NatsConnectProblem.Unauthorized, $"The NATS server at {settings.Address} demands credentials; give transport.creds_file, nkey_file, or user and password_file");
        return shown.Expires is { } expired && expired <= time.GetUtcNow()
            ? Problem(NatsConnectProblem.Expired, $"The credentials of {shown} expired at {expired.ToString("u", CultureInfo.InvariantCulture)}; take newer ones")
            : Problem(NatsConnectProblem.Unauthorized, $"The NATS server at {settings.Address} does not accept {shown}");
    }

    private NatsConnectException Untrusted() => tls.Verdict switch
    {
        SslPolicyErrors.RemoteCertificateNameMismatch => Problem(NatsConnectProblem.UntrustedServer, $"The certificate of the NATS server at {settings.Address} names another host; write the name that it was made for in transport.url"),
        SslPolicyErrors.RemoteCertificateNotAvailable => Problem(NatsConnectProblem.UntrustedServer, $"The NATS server at {settings.Address} shows no certificate"),
        _ => Problem(NatsConnectProblem.UntrustedServer, settings.Tls?.Ca is { } authorities
            ? $"The certificate of the NATS server at {settings.Address} is not valid under the authorities in {authorities} (transport.tls.ca)"
            : $"The NATS server at {settings.Address} speaks TLS, and this machine does not trust its certificate; name the authority's PEM file in transport.tls.ca"),
    };

    private NatsConnectException ClientCertificate(Exception fault) => settings.Tls?.Cert is { } shown
        ? Problem(NatsConnectProblem.ClientCertificate, $"The NATS server at {settings.Address} does not accept the certificate {shown} (transport.tls.cert)", fault)
        : Problem(NatsConnectProblem.ClientCertificate, $"The NATS server at {settings.Address} demands a client certificate; give transport.tls.cert and tls.key");

    private static IEnumerable<Exception> Causes(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException) yield return cause;
    }

    private static NatsConnectException Problem(NatsConnectProblem problem, string message, Exception? inner = null) => new(problem, message, inner);
}
