using System.Net;
using System.Text.Json.Nodes;

namespace Rollouts.TestSupport.Nats;

/// <summary>What a test's server is told. Without users, keys and operator everybody may log in.</summary>
public sealed record NatsServerConfiguration
{
    /// <summary>Where it listens: the loopback, or this machine's end of a cable to a <see cref="Network.NetworkNamespace"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Where JetStream keeps its streams; null leaves JetStream off.</summary>
    public string? JetStreamFolder { get; init; }

    /// <summary>Users with a password.</summary>
    public IReadOnlyDictionary<string, string> Passwords { get; init; } = new Dictionary<string, string>();

    /// <summary>Public keys (U...) of users who sign a challenge.</summary>
    public IReadOnlyList<string> NKeys { get; init; } = [];

    /// <summary>The operator whose accounts' users log in with JWTs.</summary>
    public NatsOperator? Operator { get; init; }

    /// <summary>The server's certificate; null leaves the connection plain.</summary>
    public NatsServerTls? Tls { get; init; }

    /// <summary>Further fields of the server's configuration file, under its own names; they go over the ones above.</summary>
    public JsonObject Settings { get; init; } = [];

    /// <summary>Further lines of the configuration file, in the server's own language.</summary>
    public string Text { get; init; } = "";

    /// <summary>Files beside the configuration file that those lines include, by name.</summary>
    public IReadOnlyDictionary<string, string> Includes { get; init; } = new Dictionary<string, string>();

    /// <summary>The configuration file: the server's language includes JSON, and a file's fields may stand without braces.</summary>
    public string ToFile(string serverName, int port)
    {
        var file = new JsonObject { ["server_name"] = serverName, ["host"] = Address.ToString(), ["port"] = port };
        if (JetStreamFolder is not null) file["jetstream"] = new JsonObject { ["store_dir"] = JetStreamFolder };
        if (Passwords.Count + NKeys.Count > 0) file["authorization"] = new JsonObject { ["users"] = Users() };
        if (Tls is not null) file["tls"] = Tls.ToJson();
        Operator?.AddTo(file);
        foreach (var (name, value) in Settings) file[name] = value?.DeepClone();
        return string.Concat(file.Select(field => $"\"{field.Key}\": {field.Value?.ToJsonString()}\n")) + Text;
    }

    private JsonArray Users() =>
    [
        .. Passwords.Select(user => new JsonObject { ["user"] = user.Key, ["password"] = user.Value }),
        .. NKeys.Select(key => new JsonObject { ["nkey"] = key }),
    ];
}

/// <summary>An operator and its accounts.</summary>
/// <param name="Jwt">The operator's JWT.</param>
/// <param name="SystemAccount">Public key of the account that the server itself uses; JetStream needs one.</param>
/// <param name="Accounts">JWT of each account by its public key.</param>
public sealed record NatsOperator(string Jwt, string SystemAccount, IReadOnlyDictionary<string, string> Accounts)
{
    internal void AddTo(JsonObject file)
    {
        file["operator"] = Jwt;
        file["system_account"] = SystemAccount;
        file["resolver"] = "MEMORY";
        file["resolver_preload"] = new JsonObject(Accounts.Select(account => KeyValuePair.Create(account.Key, (JsonNode?)account.Value)));
    }
}

/// <summary>PEM files of a server that speaks TLS.</summary>
/// <param name="ClientAuthority">The authority that clients' certificates must be signed by; null where clients need none.</param>
public sealed record NatsServerTls(string Certificate, string Key, string? ClientAuthority = null)
{
    internal JsonObject ToJson()
    {
        var tls = new JsonObject { ["cert_file"] = Certificate, ["key_file"] = Key };
        if (ClientAuthority is null) return tls;
        tls["ca_file"] = ClientAuthority;
        tls["verify"] = true;
        return tls;
    }
}
