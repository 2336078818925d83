namespace Rollouts.TestSupport.Network;

/// <summary>What the bytes of one direction suffer. Default: nothing. The words are those of Toxiproxy's toxics, <see href="https://github.com/Shopify/toxiproxy#toxics"/>.</summary>
public sealed record DirectionFaults
{
    /// <summary>Nothing.</summary>
    public static DirectionFaults None { get; } = new();

    /// <summary>Bytes that have vanished; see <see cref="Drop"/>.</summary>
    public static DirectionFaults Dropping { get; } = new() { Drop = true };

    /// <summary>How long every byte is under way. It costs no bandwidth.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Up to so much is added to the latency, evenly distributed. Order is kept, as TCP keeps it.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bandwidth; null is all there is.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Bytes go in slices of 1 to so many, each sent alone: readers see messages in pieces.</summary>
    public int? MaxSliceBytes { get; init; }

    /// <summary>After so many bytes of one connection, it ends: within a message, mostly.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Whether <see cref="LimitBytes"/> ends it by a reset (RST) instead of a close (FIN).</summary>
    public bool LimitByReset { get; init; }

    /// <summary>Nothing gets through and nothing is lost: it waits, as under a router that has stopped. It arrives after healing.</summary>
    public bool Stall { get; init; }

    /// <summary>Bytes vanish, the news of a close among them, and the connection stays. A connection that has lost bytes is reset at healing: TCP has no gaps.</summary>
    public bool Drop { get; init; }

    /// <summary>How much later a close is passed on.</summary>
    public TimeSpan CloseDelay { get; init; }
}

/// <summary>What becomes of new connections.</summary>
public enum NewConnections
{
    /// <summary>They are forwarded.</summary>
    Forward,

    /// <summary>They are reset at once.</summary>
    Reset,

    /// <summary>They are accepted, and nobody ever answers.</summary>
    Ignore,
}

/// <summary>What a link suffers.</summary>
public sealed record LinkFaults
{
    /// <summary>Nothing.</summary>
    public static LinkFaults None { get; } = new();

    /// <summary>Nothing gets through in either direction, and nobody is told.</summary>
    public static LinkFaults Silence { get; } = new() { ToTarget = DirectionFaults.Dropping, ToClient = DirectionFaults.Dropping, New = NewConnections.Ignore };

    /// <summary>From those who connect to the target.</summary>
    public DirectionFaults ToTarget { get; init; } = DirectionFaults.None;

    /// <summary>From the target to those who connect.</summary>
    public DirectionFaults ToClient { get; init; } = DirectionFaults.None;

    /// <summary>What becomes of new connections.</summary>
    public NewConnections New { get; init; }
}
