using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>A node's place in the nodes' bucket.</summary>
internal sealed class NodeLease(INatsJSContext jetStream, Func<NodeRecord> describe, TimeProvider time)
{
    private readonly NatsKVContext _context = new(jetStream);
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Takes it; where an agent that died holds it still, waits until that has run out.</summary>
    /// <exception cref="IOException">Another agent has this name.</exception>
    public async Task TakeAsync(CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var store = await StoreAsync(stopping);
            if ((await store.TryCreateAsync(describe().Name, Wire.Encode(describe()), cancellationToken: stopping)).Success) return;
            var holder = await store.TryGetEntryAsync<byte[]>(describe().Name, cancellationToken: stopping);
            if (time.GetElapsedTime(since) > NodeNames.Lease * 2 && holder.Success && Wire.Decode<NodeRecord>(holder.Value.Value) is { } other)
                throw new IOException($"node '{other.Name}' is there already: process {other.ProcessId} on {other.Host}; give this one another name with --name");
            await Task.Delay(NodeNames.Lease / 10, time, stopping);
        }
    }

    /// <summary>Puts what the node does now.</summary>
    public async Task RenewAsync(CancellationToken stopping)
    {
        try
        {
            await _one.WaitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            await (await StoreAsync(stopping)).PutAsync(describe().Name, Wire.Encode(describe()), cancellationToken: stopping);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // The server is away.
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Renews it until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(NodeNames.Lease / 3, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RenewAsync(stopping);
        }
    }

    /// <summary>Gives it back.</summary>
    public async Task ReturnAsync(CancellationToken stopping) => await (await StoreAsync(stopping)).TryDeleteAsync(describe().Name, cancellationToken: stopping);

    private async Task<INatsKVStore> StoreAsync(CancellationToken stopping) =>
        await _context.CreateOrUpdateStoreAsync(new NatsKVConfig(NodeNames.Bucket) { History = 1, MaxAge = NodeNames.Lease }, stopping);
}
