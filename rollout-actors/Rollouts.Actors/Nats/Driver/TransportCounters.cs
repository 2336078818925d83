namespace Rollouts.Actors.Nats;

/// <summary>What the driver put aside, for its log and for campaigns. Counters only grow.</summary>
/// <param name="connection">What the driver's connection has suffered.</param>
public sealed class TransportCounters(ConnectionCounters connection)
{
    private long _malformed;
    private long _duplicates;
    private long _fenced;
    private long _overtaken;
    private long _published;
    private long _republished;
    private long _continued;
    private long _setAside;

    /// <summary>Messages that are no such message: ignored.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Results of groups that had one already.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>Results of actors that had been declared dead.</summary>
    public long Fenced => Interlocked.Read(ref _fenced);

    /// <summary>Results of an attempt that another had followed.</summary>
    public long Overtaken => Interlocked.Read(ref _overtaken);

    /// <summary>Groups published.</summary>
    public long Published => Interlocked.Read(ref _published);

    /// <summary>Groups published once more because the server had lost their work.</summary>
    public long Republished => Interlocked.Read(ref _republished);

    /// <summary>Groups that an actor handed back half done.</summary>
    public long Continued => Interlocked.Read(ref _continued);

    /// <summary>Groups set aside because actors died while running them.</summary>
    public long SetAside => Interlocked.Read(ref _setAside);

    /// <summary>Questions and reports that came faster than the driver read them: who asked asks again.</summary>
    public long Dropped => connection.Dropped;

    /// <summary>Times that the driver lost the server and found it again.</summary>
    public long Reconnects => connection.Reconnects;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Published} groups published, {Continued} continued, {Republished} published again, {SetAside} set aside; results put aside: {Duplicates} duplicates, {Overtaken} overtaken, {Fenced} of dead actors; {Malformed} messages that were none, {Dropped} that came too fast; {Reconnects} reconnects";

    internal void CountMalformed() => Interlocked.Increment(ref _malformed);

    internal void CountDuplicate() => Interlocked.Increment(ref _duplicates);

    internal void CountFenced() => Interlocked.Increment(ref _fenced);

    internal void CountOvertaken() => Interlocked.Increment(ref _overtaken);

    internal void CountPublished() => Interlocked.Increment(ref _published);

    internal void CountRepublished() => Interlocked.Increment(ref _republished);

    internal void CountContinued() => Interlocked.Increment(ref _continued);

    internal void CountSetAside() => Interlocked.Increment(ref _setAside);
}
