namespace Rollouts.Actors;

/// <summary>One thing that is wrong with <see cref="NatsSettings"/>.</summary>
/// <param name="Key">Its key as recipes write it: <c>url</c>, <c>password_file</c>, <c>tls.key</c>.</param>
/// <param name="Message">What is wrong and what to do, to be read after the key. Never repeats a URL, which may hold a password.</param>
public sealed record NatsSettingsFault(string Key, string Message);

/// <summary>What the settings of a connection ask of each other; recipes and verbs check them by the same rules.</summary>
public static class NatsSettingsRules
{
    /// <summary>The shortest lease: below it, a pause of the garbage collector or of the network would count as a death.</summary>
    public static readonly TimeSpan MinLease = TimeSpan.FromSeconds(1);

    /// <summary>All that is wrong.</summary>
    public static IEnumerable<NatsSettingsFault> Faults(NatsSettings settings)
    {
        foreach (var server in settings.Url.Split(','))
            if (UrlFault(server.Trim()) is { } fault) yield return new("url", fault);
        foreach (var fault in CredentialsFaults(settings)) yield return fault;
        if (settings.Tls is { Cert: not null, Key: null }) yield return new("tls.cert", "needs tls.key, its private key");
        if (settings.Tls is { Key: not null, Cert: null }) yield return new("tls.key", "needs tls.cert, the certificate that it belongs to");
        if (settings.Lease < MinLease) yield return new("lease", "must be at least 1s");
    }

    /// <exception cref="NatsConnectException">Anything is wrong: everything in one message.</exception>
    internal static void Require(NatsSettings settings)
    {
        var faults = Faults(settings).Select(fault => $"transport.{fault.Key} {fault.Message}").ToArray();
        if (faults.Length > 0) throw new NatsConnectException(NatsConnectProblem.Settings, string.Join("; ", faults));
    }

    internal static string WithoutUser(string server)
    {
        var (scheme, rest) = server.Split("://", 2) is [var before, var after] ? ($"{before}://", after) : ("", server);
        return scheme + rest[(rest.LastIndexOf('@') + 1)..];
    }

    private static string? UrlFault(string server)
    {
        if (server.Contains('@', StringComparison.Ordinal)) return "holds a user or a password; write user and password_file instead";
        if (!server.StartsWith("nats://", StringComparison.Ordinal) && !server.StartsWith("tls://", StringComparison.Ordinal)) return "must begin with nats:// or tls://, like nats://host:4222";
        var parsed = Uri.TryCreate(server, UriKind.Absolute, out var url) && url.Host.Length > 0 && url.PathAndQuery is "" or "/" && url.Fragment.Length == 0;
        return parsed ? null : "is no server's address; write one like nats://host:4222";
    }

    private static IEnumerable<NatsSettingsFault> CredentialsFaults(NatsSettings settings)
    {
        (string Key, bool IsGiven)[] kinds = [("creds_file", settings.CredsFile is not null), ("nkey_file", settings.NKeyFile is not null), ("user", settings.User is not null)];
        var given = kinds.Where(kind => kind.IsGiven).Select(kind => kind.Key).ToArray();
        foreach (var second in given.Skip(1)) yield return new(second, $"is a second kind of credentials beside {given[0]}; keep one");
        if (settings is { User: not null, PasswordFile: null }) yield return new("user", "needs password_file");
        if (settings is { PasswordFile: not null, User: null }) yield return new("password_file", "needs user");
    }
}
