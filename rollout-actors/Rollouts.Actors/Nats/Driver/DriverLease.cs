using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>One driver a job. The lease is a key that the server takes away when it is not renewed.</summary>
internal sealed class DriverLease(JobBuckets buckets, string job, string runId, TimeSpan lease, TimeProvider time)
{
    private readonly byte[] _self = Wire.Encode(new DriverRecord(runId, Environment.MachineName, Environment.ProcessId, Guid.NewGuid().ToString("N")));

    /// <summary>Takes the lease; where a driver that died holds it still, waits until it has run out.</summary>
    /// <exception cref="IOException">Another driver renews it.</exception>
    public async Task TakeAsync(CancellationToken stopping)
    {
        var patience = time.GetTimestamp();
        ulong? first = null;
        while (true)
        {
            var leases = await buckets.LeasesAsync(stopping);
            if ((await leases.TryCreateAsync(Keys.Driver, _self, cancellationToken: stopping)).Success) return;
            var holder = await leases.TryGetEntryAsync<byte[]>(Keys.Driver, cancellationToken: stopping);
            // A try before this one may have taken it without hearing so.
            if (holder.Success && IsSelf(holder.Value.Value)) return;
            first ??= holder.Success ? holder.Value.Revision : null;
            // Only who lives renews it; a busy server may take a dead one's away late.
            var lives = holder.Success && IsDriver(holder.Value.Value) && holder.Value.Revision != first;
            if (time.GetElapsedTime(patience) > lease * (lives ? 2 : 10) && holder.Success) throw Driven(holder.Value.Value);
            await Task.Delay(lease / 10, time, stopping);
        }
    }

    /// <summary>Renews it until stopped.</summary>
    /// <exception cref="IOException">Another driver has taken it meanwhile.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(lease / 3, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                var leases = await buckets.LeasesAsync(stopping);
                var holder = await leases.TryGetEntryAsync<byte[]>(Keys.Driver, cancellationToken: stopping);
                if (!holder.Success) await leases.TryCreateAsync(Keys.Driver, _self, cancellationToken: stopping);
                else if (!IsSelf(holder.Value.Value) && IsDriver(holder.Value.Value)) throw Driven(holder.Value.Value);
                else await leases.TryUpdateAsync(Keys.Driver, _self, holder.Value.Revision, cancellationToken: stopping);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                // The server is away; nobody else can take the lease either.
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public async Task ReturnAsync(CancellationToken stopping) => await (await buckets.LeasesAsync(stopping)).TryDeleteAsync(Keys.Driver, cancellationToken: stopping);

    private bool IsSelf(byte[]? holder) => holder.AsSpan().SequenceEqual(_self);

    /// <summary>What is no record of a driver is nobody's lease.</summary>
    private static bool IsDriver(byte[]? holder) => Wire.Decode<DriverRecord>(holder) is not null;

    private IOException Driven(byte[]? by) =>
        new($"job '{job}' is driven by {Wire.Decode<DriverRecord>(by)?.ToString() ?? "another process"}: stop that one, or give this recipe another name");
}
