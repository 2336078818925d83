using System.Globalization;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>What a server says of itself when it greets, and how far away it is.</summary>
internal sealed class GreetingLook(NatsSettings settings)
{
    private const int NumPings = 16;

    /// <summary>Below this not even the smallest group's request fits: schema, sampling and prompt.</summary>
    private const int SmallestPayload = 16 << 10;

    private const int ComfortablePayload = 256 << 10;

    /// <summary>A group waits for a few round trips; an actor's engine does so meanwhile only where its groups are short.</summary>
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(20);

    private static readonly Version Oldest = new(2, 9, 10);
    private static readonly Version Mended = new(2, 10);

    public async Task<IReadOnlyList<Finding>> LookAsync(NatsConnection connection, CancellationToken stopping)
    {
        var server = connection.ServerInfo!;
        return [Server(server), await RoundTripAsync(connection, stopping), Login(server), Encryption(server), Payload(server)];
    }

    private Finding Server(INatsServerInfo server)
    {
        var text = $"{settings}: nats-server {server.Version}, named {server.Name}{(string.IsNullOrEmpty(server.Cluster) ? "" : $", of the cluster {server.Cluster}")}";
        if (!Version.TryParse(server.Version.Split('-')[0], out var version)) return Finding.Remark(Topics.Server, $"{text}; a version that is not known here");
        if (version < Oldest) return Finding.Fault(Topics.Server, $"{text}; {Oldest} is the oldest that is supported: take a newer one");
        return version < Mended
            ? Finding.Remark(Topics.Server, $"{text}; killed, one of 2.9 gives out again some of what was acknowledged (actors ask before they run anything twice), and it has known security faults (rollout-actors/docs/security.md): take 2.12 or later where you can")
            : Finding.Sound(Topics.Server, text);
    }

    private static async Task<Finding> RoundTripAsync(NatsConnection connection, CancellationToken stopping)
    {
        var times = new TimeSpan[NumPings];
        for (var i = 0; i < times.Length; i++) times[i] = await connection.PingAsync(stopping);
        Array.Sort(times);
        var median = times[NumPings / 2];
        var text = string.Create(CultureInfo.InvariantCulture, $"{median.TotalMilliseconds:F2} ms, the median of {NumPings}; the slowest took {times[^1].TotalMilliseconds:F2} ms");
        return median > FarAway ? Finding.Remark(Topics.RoundTrip, $"{text}: short groups will wait for the network; put server and actors nearer to each other") : Finding.Sound(Topics.RoundTrip, text);
    }

    private Finding Login(INatsServerInfo server) => NatsCredentials.Read(settings) switch
    {
        { Expires: { } expires } shown => Finding.Sound(Topics.Login, $"{shown}, good until {expires.ToString("u", CultureInfo.InvariantCulture)}"),
        { } shown => Finding.Sound(Topics.Login, $"{shown}"),
        null when server.AuthRequired => Finding.Sound(Topics.Login, "the client certificate, or the server's user for those who show nothing"),
        null => Finding.Remark(Topics.Login, "nobody is asked who he is: whoever reaches the server may read prompts and give orders to actors; give it users (rollout-actors/docs/security.md)"),
    };

    private Finding Encryption(INatsServerInfo server)
    {
        if (server.TlsRequired || server.TlsAvailable) return Finding.Sound(Topics.Encryption, settings.Url.Contains("tls://", StringComparison.Ordinal) || settings.Tls is not null ? "on" : "on; write tls:// so that it stays on whatever somebody between says");
        return IsLocal(server) ? Finding.Sound(Topics.Encryption, "off, and the server is on this machine") : Finding.Remark(Topics.Encryption, "off: prompts, completions and passwords cross the network in the clear; give the server a certificate and write tls:// (rollout-actors/docs/security.md)");
    }

    private static bool IsLocal(INatsServerInfo server) => server.ClientIp is null || (System.Net.IPAddress.TryParse(server.ClientIp, out var own) && System.Net.IPAddress.IsLoopback(own));

    private static Finding Payload(INatsServerInfo server)
    {
        var text = $"messages of {ByteSize.Of(server.MaxPayload)} at most (max_payload)";
        if (server.MaxPayload < SmallestPayload) return Finding.Fault(Topics.Payload, $"{text}: no group's request fits; raise max_payload to 1MB or more");
        return server.MaxPayload < ComfortablePayload
            ? Finding.Remark(Topics.Payload, $"{text}: a prompt whose request is larger fails, with its name, and results go in many parts; raise max_payload to 1MB or more")
            : Finding.Sound(Topics.Payload, $"{text}: a group's request must fit, results go in parts");
    }
}
