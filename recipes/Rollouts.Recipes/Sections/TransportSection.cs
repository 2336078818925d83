using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>How groups reach the actors: <c>local</c>, or a NATS server's URL, or a mapping of these keys.</summary>
public sealed record TransportSection
{
    /// <summary>In this process.</summary>
    public static TransportSection Local { get; } = new();

    /// <summary>Servers of one cluster, <c>nats://host:4222</c> or <c>tls://host:4222</c>, with commas between.</summary>
    public string? Url { get; init; }

    /// <summary>A creds file (JWT and seed), relative to the recipe's file. Of creds_file, nkey_file and user one at most is given.</summary>
    public string? CredsFile { get; init; }

    /// <summary>A file with a user's seed, relative to the recipe's file.</summary>
    public string? NkeyFile { get; init; }

    /// <summary>A user's name.</summary>
    public string? User { get; init; }

    /// <summary>A file whose first line is the user's password, relative to the recipe's file.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Certificates. Given: a server without TLS is refused.</summary>
    public TransportTlsSection? Tls { get; init; }

    /// <summary>Silence after which an actor counts as dead. Default 10s, at least 1s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether actors publish tokens as they come, for whoever listens, beside the durable results. Default false.</summary>
    public bool Deltas { get; init; }

    /// <summary>Whether all runs in this process.</summary>
    public bool IsLocal => Url is null;

    /// <summary>The same, as a connection takes it, with the paths of its files resolved.</summary>
    /// <exception cref="InvalidOperationException">It is local.</exception>
    public NatsSettings ToSettings(LoadedRecipe loaded) => ToSettings(loaded.Resolve);

    /// <summary>The same section with the paths of its files resolved, so that it means the same in another folder.</summary>
    public TransportSection Resolved(LoadedRecipe loaded) => this with
    {
        CredsFile = Path(CredsFile, loaded.Resolve),
        NkeyFile = Path(NkeyFile, loaded.Resolve),
        PasswordFile = Path(PasswordFile, loaded.Resolve),
        Tls = Tls is null ? null : new() { Ca = Path(Tls.Ca, loaded.Resolve), Cert = Path(Tls.Cert, loaded.Resolve), Key = Path(Tls.Key, loaded.Resolve) },
    };

    /// <inheritdoc/>
    public override string ToString() => IsLocal ? "local" : ToSettings(path => path).ToString();

    internal NatsSettings ToSettings(Func<string, string> resolve) => new()
    {
        Url = Url ?? throw new InvalidOperationException("A local transport has no connection."),
        CredsFile = Path(CredsFile, resolve),
        NKeyFile = Path(NkeyFile, resolve),
        User = User,
        PasswordFile = Path(PasswordFile, resolve),
        Tls = Tls is null ? null : new() { Ca = Path(Tls.Ca, resolve), Cert = Path(Tls.Cert, resolve), Key = Path(Tls.Key, resolve) },
        Lease = Lease,
    };

    private static string? Path(string? path, Func<string, string> resolve) => path is null ? null : resolve(path);
}

/// <summary>PEM files of a TLS connection, relative to the recipe's file.</summary>
public sealed record TransportTlsSection
{
    /// <summary>Authorities that the server's certificate may be signed by. Default: those that this machine trusts.</summary>
    public string? Ca { get; init; }

    /// <summary>The certificate that is shown to the server; with key.</summary>
    public string? Cert { get; init; }

    /// <summary>The certificate's private key.</summary>
    public string? Key { get; init; }
}
