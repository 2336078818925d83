using NATS.Client.Core;

namespace Rollouts.Actors;

/// <summary>What a connection has suffered. Counters only grow.</summary>
public sealed class ConnectionCounters
{
    private long _dropped;
    private long _opened;

    /// <summary>Messages of core NATS that were lost here: they came faster than they were read, or were to go faster than they could be sent. Nothing that is stored is among them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Times that the connection was lost and came back.</summary>
    public long Reconnects => Math.Max(0, Interlocked.Read(ref _opened) - 1);

    /// <summary>Those of a connection that the connector has opened.</summary>
    internal static ConnectionCounters Of(INatsConnection connection) => (connection as WatchedConnection)?.Counters ?? new();

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void CountOpened() => Interlocked.Increment(ref _opened);
}
