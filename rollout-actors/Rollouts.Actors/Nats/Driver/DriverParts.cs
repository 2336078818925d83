using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>The driver's parts, put together, and its beginning.</summary>
internal sealed class DriverParts
{
    private readonly DriverOptions _options;
    private readonly INatsConnection _connection;
    private readonly StreamContents _contents;
    private readonly PoolConsumers _consumers;
    private bool _begun;

    public DriverParts(INatsJSContext jetStream, JobNames names, DriverOptions options, TimeProvider time)
    {
        _options = options;
        _connection = jetStream.Connection;
        Counters = new TransportCounters(ConnectionCounters.Of(_connection));
        Setup = new JobSetup(jetStream, names, options);
        Lease = new DriverLease(Setup.Buckets, options.Job, options.Record.RunId, options.Settings.Lease, time);
        Table = new GroupTable(options.IsDecided, time);
        Held = new HeldResults(time);
        Actors = new ActorRegistry(Setup.Buckets, jetStream, names, options.Settings.Lease, options.Record.Version, time);
        Deaths = new DeathLedger(Setup.Buckets, Math.Max(1, options.MaxDeaths));
        _contents = new StreamContents(jetStream, names, options.Pools);
        Publisher = new DurablePublisher(jetStream, time);
        Work = new WorkPublisher(jetStream, Publisher, _contents, names, options.Codec, Table, Counters);
        Control = new DriverControl(_connection, names, Table, _contents, Actors, Deaths, Work, Counters);
        Results = new ResultReader(jetStream, names, Setup.Streams, options.Codec, Table, Held, Actors, Work, Counters, time);
        Nodes = new NodeCalls(_connection, new NodeDirectory(jetStream), Actors, options, time);
        _consumers = new PoolConsumers(jetStream, names, Setup.Streams, Setup.Buckets);
        Reconciler = new Reconciler(Setup, _contents, _consumers, Table, Actors, Work, Held, Counters, options, time);
    }

    public JobSetup Setup { get; }

    public DriverLease Lease { get; }

    public GroupTable Table { get; }

    public HeldResults Held { get; }

    public ActorRegistry Actors { get; }

    public DeathLedger Deaths { get; }

    public DurablePublisher Publisher { get; }

    public WorkPublisher Work { get; }

    public DriverControl Control { get; }

    public ResultReader Results { get; }

    public Reconciler Reconciler { get; }

    public NodeCalls Nodes { get; }

    public TransportCounters Counters { get; }

    /// <summary>Begins. What a try left half done, the next one finishes.</summary>
    public async Task BeginAsync(CancellationToken stopping)
    {
        await Setup.Buckets.EnsureAsync(_options.Settings.Lease, stopping);
        await Lease.TakeAsync(stopping);
        await Setup.BeginAsync(stopping);
        foreach (var pool in _options.Pools) await _consumers.EnsureAsync(pool, stopping);
        await Actors.LoadFencesAsync(stopping);
        await Deaths.LoadAsync(stopping);
        await TakeUpAsync(stopping);
        if (_begun) return;
        _begun = true;
        _connection.ConnectionOpened += (_, _) =>
        {
            Actors.Reconnected();
            Results.Reconnected();
            return default;
        };
    }

    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await Lease.ReturnAsync(patience.Token);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // It runs out by itself.
        }

        await _connection.DisposeAsync();
    }

    /// <summary>Work that an earlier session left in the stream, and work whose result lies there, is not published again; what is decided meanwhile is removed.</summary>
    private async Task TakeUpAsync(CancellationToken stopping)
    {
        foreach (var (key, pool) in await _contents.PromptsAsync(stopping))
        {
            if (await _contents.WorkAsync(Setup.Names.Prompt(pool, key), stopping) is not { } body) continue;
            if (IsOfUse(body, key)) Table.SetUnderWay(key, pool);
            else await Work.DeleteAsync(Setup.Names.Prompt(pool, key), stopping);
        }

        // After the work, for a group goes from there to here. One that turns out to be of no use is found missing, and is published then.
        foreach (var (key, pool) in await _contents.ResultsAsync(stopping)) Table.SetUnderWay(key, pool);
    }

    private bool IsOfUse(byte[] body, GroupKey key)
    {
        try
        {
            var request = _options.Codec.DecodeRequest(body);
            return GroupKey.Of(request.Group) == key && request.Sampling.N == _options.Siblings && !_options.IsDecided(request.Group);
        }
        catch (BodyFormatException)
        {
            return false;
        }
    }
}
