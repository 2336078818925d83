using System.Collections.Immutable;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// The driver's end of a job over NATS: groups go out as messages of a work stream, results come back through another. Whatever is killed, the driver
/// included, the work that was stored goes on; what is done is decided by the folder's manifest.
/// </summary>
public sealed class NatsTransport : IRolloutTransport
{
    private readonly DriverParts _parts;
    private readonly DriverOptions _options;
    private readonly PoolRooms _rooms;
    private readonly CancellationTokenSource _closing = new();
    private readonly SettleQueue _settling;
    private readonly Task _loops;
    private readonly Task _lost;

    private NatsTransport(DriverParts parts, DriverOptions options)
    {
        (_parts, _options) = (parts, options);
        _rooms = new PoolRooms(options.Siblings);
        _settling = new SettleQueue(parts.Table, parts.Held, parts.Work);
        parts.Actors.Changed += () => _rooms.Announce(parts.Actors.Live.Where(l => l.TakesWork).Select(l => l.Record));
        _lost = Task.Run(() => parts.Lease.RunAsync(_closing.Token));
        _loops = Task.WhenAll(
            Task.Run(() => parts.Actors.RunAsync(_closing.Token)),
            Task.Run(() => parts.Control.RunAsync(_closing.Token)),
            Task.Run(() => parts.Results.RunAsync(_closing.Token)),
            Task.Run(() => parts.Nodes.RunAsync(_closing.Token)),
            Task.Run(() => parts.Reconciler.RunAsync(_closing.Token)),
            Task.Run(() => _settling.RunAsync(_closing.Token)));
    }

    /// <summary>What was put aside.</summary>
    public TransportCounters Counters => _parts.Counters;

    /// <summary>The actors that are there.</summary>
    public ImmutableArray<ActorRecord> Actors => [.. _parts.Actors.Live.Select(l => l.Record)];

    /// <inheritdoc/>
    public ImmutableArray<ActorLoad> Loads => [.. _parts.Actors.Live.Select(l => new ActorLoad(new ActorId(l.Record.Name), l.Record.Load))];

    /// <inheritdoc/>
    public string Waiting => string.Join("; ", new[] { OldestGroup(), MissingActors(), _parts.Nodes.Trouble, _parts.Publisher.Trouble, _parts.Reconciler.Trouble }.OfType<string>());

    /// <summary>Connects, takes the job, and takes up what an earlier session of the same run left at the server.</summary>
    /// <exception cref="IOException">The server is not there, refuses, or has no JetStream; or another process drives this job.</exception>
    public static async Task<NatsTransport> OpenAsync(DriverOptions options, TimeProvider time, CancellationToken stopping)
    {
        var names = new JobNames(options.Job);
        var connection = await NatsConnector.OpenAsync(options.Settings, $"rollouts driver {options.Job}", names.Inbox, stopping);
        try
        {
            var parts = new DriverParts(new NatsJSContext(connection), names, options, time);
            await ServerFaults.ToldAsync(connection, options.Settings, () => Patiently.DoAsync(() => parts.BeginAsync(stopping), options.Settings.ConnectDeadline, time, stopping), stopping);
            return new NatsTransport(parts, options);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public int MaxGroupsInFlight(int siblings) => _options.MaxGroupsInFlight;

    /// <inheritdoc/>
    public async ValueTask<IRolloutSeat> ReserveAsync(CancellationToken stopping)
    {
        var pool = _rooms.TakeAsync(stopping).AsTask();
        await Task.WhenAny(pool, _lost);
        if (_lost.IsFaulted) await _lost;
        return new Seat(this, await pool);
    }

    /// <inheritdoc/>
    public void Settle(IReadOnlyCollection<GroupId> groups) => _settling.Add(groups);

    /// <summary>Ends the job: actors go home and the server forgets it. For a run that is whole; one that was interrupted leaves its streams for the next session.</summary>
    /// <exception cref="IOException">The server is away: the run is whole all the same.</exception>
    public async Task EndAsync(CancellationToken stopping)
    {
        await _settling.DrainAsync(stopping);
        await Patiently.DoAsync(() => _parts.Setup.EndAsync(stopping), _options.Settings.ConnectDeadline, TimeProvider.System, stopping);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _lost.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _parts.CloseAsync();
        _closing.Dispose();
    }

    private async Task<RolloutResult> GenerateAsync(RolloutRequest request, string pool, CancellationToken abort)
    {
        var pending = _parts.Table.Open(request);
        try
        {
            if (_parts.Deaths.SetAside(pending.Key) is { } poisoned) _parts.Table.Fail(pending, poisoned);
            if (!pending.Result.IsCompleted && await _parts.Work.PublishAsync(pending, pool, abort) is { } failure) _parts.Table.Fail(pending, failure);
            return await pending.Result.WaitAsync(abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // The work stays where it is: the next session finds its result; a new attempt, or the group's end, withdraws it.
            return RolloutResult.Aborted(request);
        }
        finally
        {
            _parts.Table.Close(pending);
        }
    }

    private string? OldestGroup()
    {
        if (_parts.Table.Oldest is not { } oldest) return null;
        var holder = _parts.Actors.Live.FirstOrDefault(l => l.Record.Groups.Contains(oldest.Group.Key.ToString()));
        return $"the group under way for the longest is {oldest.Group.Request.Group}, for {oldest.For.TotalSeconds:F0} s, {(holder is null ? "in no actor's hands" : $"at {holder.Record.Name} ({holder.Health.ToString().ToLowerInvariant()})")}";
    }

    private string? MissingActors()
    {
        var there = _parts.Actors.Live.Where(l => l.TakesWork).Select(l => l.Record.Pool).ToHashSet();
        var missing = _options.Pools.Where(p => !there.Contains(p)).ToArray();
        return missing.Length == 0 ? null : $"no actor serves pool {string.Join(", ", missing)}: start one with rollouts actor --url {_options.Settings.Address} --job {_options.Job} --pool {missing[0]}";
    }

    private sealed class Seat(NatsTransport transport, string pool) : IRolloutSeat
    {
        private int _returned;

        public Task<RolloutResult> GenerateAsync(RolloutRequest request, CancellationToken abort) => transport.GenerateAsync(request, pool, abort);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0) transport._rooms.Return(pool);
        }
    }
}
