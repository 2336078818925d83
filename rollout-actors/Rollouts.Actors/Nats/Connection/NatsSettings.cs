namespace Rollouts.Actors;

/// <summary>How a NATS server is reached and what is shown to it. Holds the names of secret files, never what is in them.</summary>
public sealed record NatsSettings
{
    /// <summary>One or more servers of one cluster, <c>nats://host:4222</c> or <c>tls://host:4222</c>, with commas between. <c>tls://</c> never goes on without TLS.</summary>
    public required string Url { get; init; }

    /// <summary>A creds file: a user's JWT and seed. At most one kind of credentials is given.</summary>
    public string? CredsFile { get; init; }

    /// <summary>A file with a user's seed (SU…).</summary>
    public string? NKeyFile { get; init; }

    /// <summary>A user's name, with <see cref="PasswordFile"/>.</summary>
    public string? User { get; init; }

    /// <summary>A file whose first line is the user's password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Certificates. Where they are given, a server without TLS is refused, whatever the URL says.</summary>
    public NatsTlsSettings? Tls { get; init; }

    /// <summary>Silence after which an actor counts as dead and its work is given to others. Default 10 s, at least 1 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first connect may take, with the wait for a server that is just being started. Default 15 s.</summary>
    public TimeSpan ConnectDeadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The servers, without a user or password that somebody wrote into the URL: for messages.</summary>
    public string Address => string.Join(',', Url.Split(',').Select(NatsSettingsRules.WithoutUser));

    /// <inheritdoc/>
    public override string ToString() => Address;
}

/// <summary>PEM files of a TLS connection.</summary>
public sealed record NatsTlsSettings
{
    /// <summary>Authorities that the server's certificate may be signed by. Default: those that this machine trusts.</summary>
    public string? Ca { get; init; }

    /// <summary>The certificate that is shown to the server, with its intermediates; with <see cref="Key"/>.</summary>
    public string? Cert { get; init; }

    /// <summary>The certificate's private key.</summary>
    public string? Key { get; init; }
}
