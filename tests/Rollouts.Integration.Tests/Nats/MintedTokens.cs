using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using NATS.NKeys;
using Rollouts.TestSupport.Nats;

namespace Rollouts.Integration.Tests.Nats;

/// <summary>
/// An operator with one account that JetStream is limited in, and JWTs for its users (version 2 of NATS' claims,
/// <see href="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt"/>).
/// </summary>
internal sealed class MintedTokens : IDisposable
{
    /// <summary>What the account may keep on disk.</summary>
    public const long MaxDiskBytes = 8 << 20;

    private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair _system = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    /// <summary>What the server is told: it knows public keys only.</summary>
    public NatsOperator ForServer() => new(Operator(), _system.GetPublicKey(), new Dictionary<string, string>
    {
        [_system.GetPublicKey()] = Account(_system, maxDiskBytes: 0, maxStreams: 0),
        [_account.GetPublicKey()] = Account(_account, MaxDiskBytes, maxStreams: 1),
    });

    /// <summary>A creds file of a new user of the account: its JWT, signed by the account, and its seed.</summary>
    /// <param name="validFor">From now on; negative for one that has expired.</param>
    public string UserCredentials(TimeSpan validFor)
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var permissions = new JsonObject();
        var claims = new JsonObject { ["type"] = "user", ["version"] = 2, ["pub"] = permissions, ["sub"] = permissions.DeepClone(), ["subs"] = -1, ["data"] = -1, ["payload"] = -1 };
        var token = Sign(_account, user, claims, _now + validFor);
        return $"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{user.GetSeed()}\n------END USER NKEY SEED------\n";
    }

    public void Dispose()
    {
        _operator.Dispose();
        _system.Dispose();
        _account.Dispose();
    }

    private string Operator() => Sign(_operator, _operator, new JsonObject { ["type"] = "operator", ["version"] = 2 }, expires: null);

    private string Account(KeyPair account, long maxDiskBytes, int maxStreams)
    {
        var limits = new JsonObject
        {
            ["subs"] = -1, ["data"] = -1, ["payload"] = -1, ["imports"] = -1, ["exports"] = -1, ["wildcards"] = true, ["conn"] = -1, ["leaf"] = -1,
            ["mem_storage"] = 0, ["disk_storage"] = maxDiskBytes, ["streams"] = maxStreams, ["consumer"] = 4,
        };
        return Sign(_operator, account, new JsonObject { ["type"] = "account", ["version"] = 2, ["limits"] = limits }, expires: null);
    }

    private string Sign(KeyPair issuer, KeyPair subject, JsonObject claims, DateTimeOffset? expires)
    {
        var body = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString("N"), ["iat"] = _now.ToUnixTimeSeconds(), ["iss"] = issuer.GetPublicKey(), ["sub"] = subject.GetPublicKey(), ["name"] = "test", ["nats"] = claims,
        };
        if (expires is not null) body["exp"] = expires.Value.ToUnixTimeSeconds();
        var signed = $"{Encoded("""{"typ":"JWT","alg":"ed25519-nkey"}""")}.{Encoded(body.ToJsonString())}";
        var signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
