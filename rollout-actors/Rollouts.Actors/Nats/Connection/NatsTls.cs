using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NATS.Client.Core;

namespace Rollouts.Actors;

/// <summary>One connection's TLS: whom it trusts, what it shows, and what it thought of the server's certificate.</summary>
internal sealed class NatsTls(NatsSettings settings)
{
    /// <summary>What was wrong with the server's certificate at the last handshake.</summary>
    public SslPolicyErrors Verdict { get; private set; }

    /// <summary>Whether a connection without TLS is refused.</summary>
    public bool IsRequired => settings.Tls is not null || settings.Url.Contains("tls://", StringComparison.Ordinal);

    /// <summary>As the client takes it. Files are read at every handshake, so that certificates may be renewed while a job runs.</summary>
    public NatsTlsOpts ToOptions() => new() { Mode = IsRequired ? TlsMode.Require : TlsMode.Prefer, ConfigureClientAuthentication = ConfigureAsync };

    /// <summary>Reads every file once, so that a fault is found before a socket is opened.</summary>
    /// <exception cref="NatsConnectException">A file is missing or holds something else.</exception>
    public void RequireFiles() => Configure(new SslClientAuthenticationOptions());

    private ValueTask ConfigureAsync(SslClientAuthenticationOptions options)
    {
        Configure(options);
        return ValueTask.CompletedTask;
    }

    private void Configure(SslClientAuthenticationOptions options)
    {
        options.RemoteCertificateValidationCallback = (_, _, _, errors) => (Verdict = errors) == SslPolicyErrors.None;
        if (settings.Tls?.Ca is { } authorities) options.CertificateChainPolicy = TrustOnly(authorities);
        if (settings.Tls is { Cert: { } certificate, Key: { } key }) options.ClientCertificateContext = Own(certificate, key);
    }

    private static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Import(policy.CustomTrustStore, file, "tls.ca");
        return policy;
    }

    private static SslStreamCertificateContext Own(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        Import(chain, certificate, "tls.cert");
        var secret = SecretFiles.Read(key, "tls.key");
        try
        {
            var own = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), secret);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException)
        {
            throw SecretFiles.Fault(key, "tls.key", $"is not the private key of {certificate} in PEM, without a password");
        }
    }

    private static void Import(X509Certificate2Collection certificates, string file, string key)
    {
        try
        {
            certificates.ImportFromPem(SecretFiles.Read(file, key));
        }
        catch (CryptographicException)
        {
            throw SecretFiles.Fault(file, key, "holds a certificate that cannot be read");
        }

        if (certificates.Count == 0) throw SecretFiles.Fault(file, key, "holds no certificate in PEM");
    }
}
