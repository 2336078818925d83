using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>One life of an actor: it joins under a name of its own, serves, and ends by a drain, by the job's end, or by being declared dead.</summary>
internal sealed class ServingLife : IAsyncDisposable
{
    private readonly ActorOptions _options;
    private readonly JobRecord _job;
    private readonly RolloutActor _actor;
    private readonly INatsConnection _connection;
    private readonly IActorObserver _observer;
    private readonly JobNames _names;
    private readonly TimeProvider _time;
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _startedAt;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _pulling = new();
    private readonly ConsumerBinding _binding;
    private readonly ActorLease _lease;
    private readonly GroupServer _groups;
    private readonly WorkPuller _puller;
    private readonly TokenRate _rate;
    private bool _handBack;

    public ServingLife(ActorOptions options, JobRecord job, int siblings, RolloutActor actor, string? formerly, INatsJSContext jetStream, JobNames names, IActorObserver observer, TimeProvider time)
    {
        (_options, _job, _actor, _connection, _names, _observer, _time) = (options, job, actor, jetStream.Connection, names, observer, time);
        _startedAt = time.GetUtcNow();
        _rate = new TokenRate(time);
        var buckets = new JobBuckets(jetStream, names);
        var room = PoolSize.GroupsOf(actor.MaxRunning, siblings);
        _binding = new ConsumerBinding(jetStream, names, buckets, options.Pool);
        _lease = new ActorLease(buckets, Describe, _incarnation, formerly, LeaseTime, time);
        var driver = new DriverQuestions(_connection, names, options.Name, _incarnation, time);
        var results = new ResultPublisher(_connection, new DurablePublisher(jetStream, time), names, options.Codec, options.Pool, _incarnation);
        _groups = new GroupServer(actor, options.Codec, _binding, driver, results, _lease, observer, LeaseTime, room);
        _puller = new WorkPuller(jetStream, _binding, _groups.Room, message => _groups.Take(message, _over.Token), time);
    }

    /// <summary>Its name among all lives.</summary>
    public string Incarnation => _incarnation;

    /// <summary>Cancelled when this life was declared dead.</summary>
    public CancellationToken Fenced => _lease.Fenced;

    private TimeSpan LeaseTime => TimeSpan.FromSeconds(_job.LeaseSeconds);

    /// <summary>Serves until a drain, or until it is declared dead.</summary>
    /// <param name="drain">Takes no more; what runs is finished, or handed back after a while.</param>
    /// <param name="stopping">Drops everything: the job has ended, or nobody wants it any more.</param>
    /// <exception cref="IOException">The actor's name is another's.</exception>
    public async Task RunAsync(CancellationToken drain, CancellationToken stopping)
    {
        using var end = stopping.Register(_over.Cancel);
        using var dead = _lease.Fenced.Register(_over.Cancel);
        using var ordered = drain.Register(_pulling.Cancel);
        using var over = _over.Token.Register(_pulling.Cancel);
        await _lease.TakeAsync(stopping);
        _observer.OnJoined(_incarnation);
        var leasing = _lease.RunAsync(_over.Token);
        var orders = new ActorOrders(_connection, _names, _options.Name, _incarnation, Obey);
        Task[] loops = [leasing, HeartbeatAsync(), orders.RunAsync(_over.Token), ActorService.RunAsync(_connection, _names, Describe, _time, _over.Token)];
        var pulling = _puller.RunAsync(_pulling.Token);

        await Task.WhenAny(pulling, leasing);
        if (!_over.IsCancellationRequested && !leasing.IsFaulted) await LeaveAsync();
        await _over.CancelAsync();
        foreach (var group in _groups.Running) group.Drop();
        _puller.Forget();
        await Task.WhenAll([pulling, .. loops]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _groups.EmptyAsync(_time, CancellationToken.None);
        if (leasing.IsFaulted) await leasing;
    }

    /// <summary>The connection is back: what was known of the server is not any more, and the driver is told at once what runs here.</summary>
    public void Reconnected()
    {
        _binding.Reset();
        _puller.Forget();
        _ = _lease.TryRenewAsync(_over.Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _groups.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What runs is finished; what takes too long is handed back as far as it is.</summary>
    private async Task LeaveAsync()
    {
        await _lease.TryRenewAsync(_over.Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        if (_handBack) CutAll();
        patience.CancelAfter(_options.DrainPatience);
        await _groups.EmptyAsync(_time, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CutAll();
        await _groups.EmptyAsync(_time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var goodbye = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _lease.ReturnAsync(_options.Name, goodbye.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void CutAll()
    {
        foreach (var group in _groups.Running) group.Cut();
    }

    private async Task HeartbeatAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            await Task.Delay(LeaseTime / 3, _time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var group in _groups.Running) await group.ProgressAsync(_over.Token);
        }
    }

    private void Obey(ActorOrder order)
    {
        switch (order.Order)
        {
            case ActorOrderKind.Abort:
                foreach (var group in _groups.Running.Where(g => order.Groups?.Contains(g.Key.ToString()) == true)) group.GiveUp();
                break;
            case ActorOrderKind.Drain or ActorOrderKind.HandBack:
                _handBack = order.Order == ActorOrderKind.HandBack;
                _pulling.Cancel();
                break;
            case ActorOrderKind.Fenced:
                _lease.Fence();
                break;
        }
    }

    private ActorRecord Describe() => new()
    {
        Name = _options.Name,
        Pool = _options.Pool,
        Incarnation = _incarnation,
        State = _pulling.IsCancellationRequested ? ActorState.Draining : ActorState.Serving,
        Node = _options.Node,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        Device = _options.Device,
        Version = _job.Version,
        MaxRunning = _actor.MaxRunning,
        Groups = [.. _groups.Running.Select(g => g.Key.ToString())],
        Load = _actor.Load.Load,
        TokensPerSecond = _rate.Next(_actor.Load.Load.GeneratedTokens),
        Dropped = ConnectionCounters.Of(_connection).Dropped,
        StartedAt = _startedAt,
    };
}
