using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>
/// An actor's lease: a key that it puts again every third of the lease, with what it is and what it runs. Only the driver declares a life dead, by a fence;
/// a key that has gone by itself, because the server was away or lost it, is put again.
/// </summary>
/// <param name="buckets">Where it is kept.</param>
/// <param name="describe">What the actor is and runs.</param>
/// <param name="incarnation">This life of it.</param>
/// <param name="formerly">The life that this process had before, which was declared dead and has ended: what it left of its lease is this one's. Null for a first life.</param>
/// <param name="lease">How long it holds.</param>
/// <param name="time">The clock.</param>
internal sealed class ActorLease(JobBuckets buckets, Func<ActorRecord> describe, string incarnation, string? formerly, TimeSpan lease, TimeProvider time)
{
    private readonly CancellationTokenSource _fenced = new();
    private readonly SemaphoreSlim _one = new(1);
    private ulong _revision;
    private long _renewedAt;
    private bool _renewed;
    private TaskCompletionSource _changed = NewChange();

    /// <summary>Cancelled when this life was declared dead.</summary>
    public CancellationToken Fenced => _fenced.Token;

    /// <summary>Whether it was renewed within the last lease: a process that slept longer must ask before it answers.</summary>
    public bool IsCurrent => _renewed && time.GetElapsedTime(Volatile.Read(ref _renewedAt)) < lease;

    /// <summary>Declares this life dead.</summary>
    public void Fence() => _fenced.Cancel();

    /// <summary>Takes the name; where an earlier process that died holds it still, waits until that lease has run out.</summary>
    /// <exception cref="IOException">Another process has this name.</exception>
    public async Task TakeAsync(CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (!IsCurrent)
        {
            try
            {
                await TryRenewAsync(stopping);
            }
            catch (IOException) when (time.GetElapsedTime(since) < lease * 2)
            {
                // Told once more after that, if it is still so.
            }

            if (!IsCurrent) await Task.Delay(lease / 10, time, stopping);
        }
    }

    /// <summary>Renews it once.</summary>
    /// <exception cref="IOException">Another process has this name.</exception>
    public async Task RenewAsync(CancellationToken stopping)
    {
        await _one.WaitAsync(stopping);
        try
        {
            // A second time at once where the key was not as this life had left it, and is still its own.
            for (var tries = 0; tries < 2 && !await TryPutAsync(stopping) && !Fenced.IsCancellationRequested; tries++)
            {
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The actor has begun something: the driver is to hear of it before the next third of the lease, or it might give it to another.</summary>
    public void Changed() => Volatile.Read(ref _changed).TrySetResult();

    /// <summary>Renews it until stopped or fenced: every third of the lease, and within a tenth of it after a change.</summary>
    /// <exception cref="IOException">Another process has taken this name.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(lease / 10, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAny(_changed.Task, Task.Delay(lease / 3 - lease / 10, time, stopping));
            Volatile.Write(ref _changed, NewChange());
            await TryRenewAsync(stopping);
        }
    }

    /// <summary>Renews it where that is possible now.</summary>
    public async Task TryRenewAsync(CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(lease / 2);
        try
        {
            await RenewAsync(patience.Token);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // The server is away.
        }
    }

    /// <summary>Waits until it is known whether this life still holds its lease.</summary>
    public async Task ConfirmAsync(CancellationToken stopping)
    {
        while (!IsCurrent && !Fenced.IsCancellationRequested)
        {
            await TryRenewAsync(stopping);
            if (!IsCurrent) await Task.Delay(lease / 10, time, stopping);
        }
    }

    /// <summary>Gives it back: the actor has left.</summary>
    public async Task ReturnAsync(string name, CancellationToken stopping) => await (await buckets.LeasesAsync(stopping)).TryDeleteAsync(Keys.Actor(name), cancellationToken: stopping);

    private async Task<bool> TryPutAsync(CancellationToken stopping)
    {
        var leases = await buckets.LeasesAsync(stopping);
        var at = time.GetTimestamp();
        var record = describe();
        var put = _revision == 0
            ? await leases.TryCreateAsync(Keys.Actor(record.Name), Wire.Encode(record), cancellationToken: stopping)
            : await leases.TryUpdateAsync(Keys.Actor(record.Name), Wire.Encode(record), _revision, cancellationToken: stopping);
        if (put.Success) Renewed(put.Value, at);
        else await TakeUpAsync(leases, record, stopping);
        return put.Success;
    }

    /// <summary>The key is not as this life left it: fenced, gone, or somebody else's.</summary>
    private async Task TakeUpAsync(INatsKVStore leases, ActorRecord record, CancellationToken stopping)
    {
        var fence = await (await buckets.RecordsAsync(stopping)).TryGetEntryAsync<string>(Keys.Fenced(incarnation), cancellationToken: stopping);
        if (fence.Success)
        {
            Fence();
            return;
        }

        var found = await leases.TryGetEntryAsync<byte[]>(Keys.Actor(record.Name), cancellationToken: stopping);
        if (!found.Success) _revision = 0;
        else if (Wire.Decode<ActorRecord>(found.Value.Value) is { } other && other.Name == record.Name && other.Incarnation != incarnation && other.Incarnation != formerly) throw Taken(other);
        else _revision = found.Value.Revision;
    }

    private void Renewed(ulong revision, long at)
    {
        _revision = revision;
        Volatile.Write(ref _renewedAt, at);
        _renewed = true;
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static IOException Taken(ActorRecord by) => new($"the name '{by.Name}' is taken by process {by.ProcessId} on {by.Host}: give this actor another with --name");
}
