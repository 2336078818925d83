using NATS.Client.Core;

namespace Rollouts.Actors;

/// <summary>How large a body may be to travel in one message of a server.</summary>
internal static class MessageRoom
{
    /// <summary>Headers and subject of a message, with room to spare.</summary>
    public const int Overhead = 1024;

    /// <summary>What a server takes that does not say so.</summary>
    private const int DefaultMaxPayload = 1 << 20;

    /// <summary>Bytes of a body at most, by the server's <c>max_payload</c>.</summary>
    public static int Of(INatsConnection connection) => (connection.ServerInfo?.MaxPayload ?? DefaultMaxPayload) - Overhead;
}
