using System.Text.RegularExpressions;
using NATS.Client.Core;

namespace Rollouts.Actors;

/// <summary>A connection that remembers which subject the server refused it last, for a request that is refused gets no answer, only a line on the side; and that counts what it lost.</summary>
internal sealed partial class WatchedConnection : NatsConnection
{
    /// <summary>How long a refusal is taken to be the reason why something does not work.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    private string? _refusal;
    private long _refusedAt;

    public WatchedConnection(NatsOpts options)
        : base(options)
    {
        ServerError += (_, said) =>
        {
            if (said.Kind == NatsServerErrorKind.PermissionsViolation) Remember(said.Error);
            return default;
        };
        MessageDropped += (_, _) =>
        {
            Counters.CountDropped();
            return default;
        };
        ConnectionOpened += (_, _) =>
        {
            Counters.CountOpened();
            return default;
        };
    }

    /// <summary>What it has suffered.</summary>
    public ConnectionCounters Counters { get; } = new();

    /// <summary>What was refused a moment ago, for a person; null where nothing was.</summary>
    public string? Refusal => _refusal is { } refusal && TimeProvider.System.GetElapsedTime(Volatile.Read(ref _refusedAt)) < Memory ? refusal : null;

    private void Remember(string error)
    {
        Volatile.Write(ref _refusedAt, TimeProvider.System.GetTimestamp());
        var (verb, subject) = Violation().Match(error) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : ("use", error);
        _refusal = $"this user may not {(verb.StartsWith("pub", StringComparison.OrdinalIgnoreCase) ? "publish" : "subscribe")} to {subject}; give it the permission (rollout-actors/docs/security.md)";
    }

    [GeneratedRegex("(Publish|Subscription) to \"([^\"]+)\"", RegexOptions.IgnoreCase)]
    private static partial Regex Violation();
}
