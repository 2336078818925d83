using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NATS.Client.Core;
using NATS.NKeys;

namespace Rollouts.Actors;

/// <summary>What is shown to the server. Read anew at every connect and reconnect, so that a file may be replaced while a job runs.</summary>
/// <param name="Login">As the client takes it.</param>
/// <param name="Description">For messages: whose they are, and from which file.</param>
/// <param name="Expires">When they stop to be good; null where they say nothing.</param>
internal sealed record NatsCredentials(NatsAuthCred Login, string Description, DateTimeOffset? Expires)
{
    /// <summary>Null where the settings name none.</summary>
    /// <exception cref="NatsConnectException">A file is missing or holds something else.</exception>
    public static NatsCredentials? Read(NatsSettings settings) => settings switch
    {
        { CredsFile: { } file } => ReadCreds(file),
        { NKeyFile: { } file } => ReadSeed(file),
        { User: { } user, PasswordFile: { } file } => new(NatsAuthCred.FromUserInfo(user, ReadPassword(file)), $"the user '{user}' with the password in {file}", null),
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Description;

    private static NatsCredentials ReadCreds(string file)
    {
        var lines = SecretFiles.Read(file, "creds_file").Split('\n', StringSplitOptions.TrimEntries);
        var token = After(lines, "BEGIN NATS USER JWT") ?? throw SecretFiles.Fault(file, "creds_file", "holds no user JWT");
        var seed = After(lines, "BEGIN USER NKEY SEED") ?? throw SecretFiles.Fault(file, "creds_file", "holds no user seed");
        _ = PublicKey(seed, file, "creds_file");
        var claims = Claims(token) ?? throw SecretFiles.Fault(file, "creds_file", "holds a JWT that cannot be read");
        var expires = claims["exp"]?.GetValue<long>() is { } seconds and > 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : (DateTimeOffset?)null;
        return new(NatsAuthCred.FromJwt(token, seed), $"the user {claims["sub"]} of {file}, issued by {claims["iss"]}", expires);
    }

    private static NatsCredentials ReadSeed(string file)
    {
        var seed = SecretFiles.Read(file, "nkey_file").Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith("SU", StringComparison.Ordinal))
            ?? throw SecretFiles.Fault(file, "nkey_file", "holds no user seed (a line that begins with SU)");
        return new(NatsAuthCred.FromNkey(seed), $"the key {PublicKey(seed, file, "nkey_file")} of {file}", null);
    }

    private static string ReadPassword(string file)
    {
        var password = SecretFiles.Read(file, "password_file").Split('\n')[0].TrimEnd('\r');
        return password.Length > 0 ? password : throw SecretFiles.Fault(file, "password_file", "has an empty first line, which is no password");
    }

    private static string? After(string[] lines, string title)
    {
        var index = Array.FindIndex(lines, line => line.StartsWith('-') && line.Contains(title, StringComparison.Ordinal));
        return index >= 0 && index + 1 < lines.Length && lines[index + 1].Length > 0 ? lines[index + 1] : null;
    }

    private static string PublicKey(string seed, string file, string key)
    {
        try
        {
            using var pair = KeyPair.FromSeed(seed);
            return pair.GetPublicKey();
        }
        catch (NKeysException)
        {
            throw SecretFiles.Fault(file, key, "holds a seed that is none");
        }
    }

    /// <summary>The body of a JWT: public keys and dates. Its signature is the server's to check.</summary>
    private static JsonObject? Claims(string token)
    {
        try
        {
            return token.Split('.') is [_, var body, _] ? JsonNode.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(body))) as JsonObject : null;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            return null;
        }
    }
}
