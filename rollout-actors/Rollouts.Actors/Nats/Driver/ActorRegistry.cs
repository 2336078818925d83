using System.Collections.Concurrent;
using System.Collections.Immutable;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Who is there. Leases are keys that the server takes away by itself; a server as old as 2.9 tells no watcher of that,
/// so a life that is not heard of is looked up, and is dead only where the server has no lease of it any more.
/// </summary>
internal sealed class ActorRegistry(JobBuckets buckets, INatsJSContext jetStream, JobNames names, TimeSpan lease, long version, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ActorLife> _lives = new();
    private readonly FencedLives _fenced = new(buckets, time);
    private readonly GrantedGroups _granted = new(lease, time);
    private long _connectedAt = time.GetTimestamp();
    private readonly RenewedToken _watching = new();

    /// <summary>Raised when an actor came, went or changed. Must not throw.</summary>
    public event Action? Changed;

    /// <summary>All lives that are not dead, by name.</summary>
    public ImmutableArray<ActorLife> Live => [.. Lives.OrderBy(l => l.Record.Name, StringComparer.Ordinal)];

    /// <summary>The policy that an actor must hold.</summary>
    public long Version { get; } = version;

    private IEnumerable<ActorLife> Lives => _lives.Values.Where(l => l.Health != ActorHealth.Dead);

    /// <inheritdoc cref="FencedLives.Contains(string)"/>
    public bool IsFenced(string incarnation) => _fenced.Contains(incarnation);

    /// <inheritdoc cref="FencedLives.Contains(string, DateTimeOffset?)"/>
    public bool IsFenced(string incarnation, DateTimeOffset? at) => _fenced.Contains(incarnation, at);

    /// <summary>After a time without the server nobody could renew: all leases begin anew, and are looked at anew, for a watch takes seconds to notice that the server has forgotten it.</summary>
    public void Reconnected()
    {
        BeginAnew();
        _watching.Renew();
    }

    /// <summary>The server has lost the leases, and counts their revisions anew.</summary>
    public void LeasesLost()
    {
        foreach (var life in _lives.Values) life.LeaseLost();
        Reconnected();
    }

    /// <summary>Remembers that a life was told to run a group, before its next renewal says so.</summary>
    public void Grant(GroupKey key, string incarnation) => _granted.Add(key, incarnation);

    /// <summary>Whether a live actor other than this runs a group.</summary>
    public bool RunsElsewhere(GroupKey key, string incarnation)
    {
        if (_granted.HolderOf(key) is { } holder && holder != incarnation && !IsFenced(holder)) return true;
        var name = key.ToString();
        return Lives.Any(l => l.Record.Incarnation != incarnation && l.Record.Groups.Contains(name));
    }

    /// <summary>Whether any live actor runs a group.</summary>
    public bool Runs(GroupKey key) => RunsElsewhere(key, "");

    /// <inheritdoc cref="FencedLives.LoadAsync"/>
    public Task LoadFencesAsync(CancellationToken stopping) => _fenced.LoadAsync(stopping);

    /// <summary>Watches the leases until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var sweeping = SweepAsync(stopping);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var watching = CancellationTokenSource.CreateLinkedTokenSource(stopping, _watching.Current);
                var leases = await buckets.LeasesAsync(watching.Token);
                await foreach (var entry in leases.WatchAsync<byte[]>(Keys.AllActors, cancellationToken: watching.Token)) Take(entry);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                // The server is away, or the bucket is being made anew.
            }

            await Task.Delay(lease / 8, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await sweeping;
    }

    /// <summary>Declares a life dead, for good.</summary>
    public async Task FenceAsync(string incarnation, string why, CancellationToken stopping)
    {
        _fenced.Add(incarnation);
        foreach (var life in _lives.Values.Where(l => l.Record.Incarnation == incarnation)) life.Die();
        Changed?.Invoke();
        await _fenced.RecordAsync(incarnation, why, stopping);
    }

    private void BeginAnew() => Volatile.Write(ref _connectedAt, time.GetTimestamp());

    private void Take(NatsKVEntry<byte[]> entry)
    {
        var name = entry.Key["actors.".Length..];
        if (entry.Operation != NatsKVOperation.Put)
        {
            // It left by itself, and has handed back what it had.
            _lives.TryRemove(name, out _);
        }
        else if (Wire.Decode<ActorRecord>(entry.Value) is not { } record || record.Name != name)
        {
            // No actor wrote this.
        }
        else if (IsFenced(record.Incarnation))
        {
            _ = TellAsync(record);
        }
        else
        {
            var now = time.GetTimestamp();
            if (_lives.TryGetValue(name, out var life) && life.Record.Incarnation == record.Incarnation) life.Renew(record, entry.Revision, Version, now);
            else _lives[name] = new ActorLife(record, entry.Revision, Version, now);
        }

        Changed?.Invoke();
    }

    /// <summary>A fence is a record, which a server that was away or full has not taken: the life would go on, and all its work for nothing.</summary>
    private async Task TellAsync(ActorRecord record)
    {
        try
        {
            await jetStream.Connection.PublishAsync(names.Actor(record.Name), Wire.Encode(new ActorOrder(ActorOrderKind.Fenced, record.Incarnation)));
        }
        catch (Exception e) when (Patiently.IsOfServer(e, CancellationToken.None))
        {
            // Told at its next renewal.
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(lease / 8, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (jetStream.Connection.ConnectionState != NatsConnectionState.Open)
            {
                BeginAnew();
                continue;
            }

            foreach (var life in _lives.Values) await ExamineAsync(life, stopping);
            _granted.Sweep();
        }
    }

    private async Task ExamineAsync(ActorLife life, CancellationToken stopping)
    {
        var silent = time.GetElapsedTime(Math.Max(life.SeenAt, Volatile.Read(ref _connectedAt)));
        if (life.Health == ActorHealth.Dead || silent < lease * 2 / 3) return;
        life.Suspect();
        if (silent < lease) return;
        try
        {
            var leases = await buckets.LeasesAsync(stopping);
            var entry = await leases.TryGetEntryAsync<byte[]>(Keys.Actor(life.Record.Name), cancellationToken: stopping);
            if (entry.Success) Take(entry.Value);
            else await FenceAsync(life.Record.Incarnation, $"not heard of for {silent.TotalSeconds:F1} s, its lease of {lease.TotalSeconds:F1} s has run out", stopping);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // Without the server nothing is known.
        }
    }
}
