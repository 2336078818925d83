using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Each pool's consumer, and what to do when the server no longer delivers from it: nats-server 2.9 does so now and then after it was killed.
/// The consumer is made anew under its next name, which stands in a record that actors read when theirs is gone.
/// </summary>
internal sealed class PoolConsumers(INatsJSContext jetStream, JobNames names, JobStreams streams, JobBuckets buckets)
{
    /// <summary>Looks at work that nobody takes before the consumer is taken to be stuck.</summary>
    private const int Patience = 4;

    private readonly Dictionary<string, Watched> _pools = [];

    /// <summary>Makes or finds a pool's consumer.</summary>
    public async Task EnsureAsync(string pool, CancellationToken stopping)
    {
        if (!_pools.TryGetValue(pool, out var watched)) _pools.Add(pool, watched = new Watched());
        var entry = await (await buckets.RecordsAsync(stopping)).TryGetEntryAsync<byte[]>(Keys.Pool(pool), cancellationToken: stopping);
        watched.Generation = (entry.Success ? Wire.Decode<PoolRecord>(entry.Value.Value)?.Generation : null) ?? watched.Generation;
        await MakeAsync(pool, watched, stopping);
    }

    /// <summary>One look: is work left lying that actors have room for?</summary>
    /// <param name="left">Whether there is work that no actor holds, while actors have room.</param>
    /// <returns>How far it has delivered: the last place in the stream.</returns>
    public async Task<ulong> WatchAsync(string pool, bool left, CancellationToken stopping)
    {
        var watched = _pools[pool];
        var consumer = await InfoAsync(pool, watched, stopping);
        var delivered = consumer?.Info.Delivered.ConsumerSeq ?? 0;
        watched.Stuck = left && delivered == watched.Delivered ? watched.Stuck + 1 : 0;
        watched.Delivered = delivered;
        if (consumer is not null && watched.Stuck < Patience)
        {
            await KeepRecordAsync(pool, watched.Generation, stopping);
            return consumer.Info.Delivered.StreamSeq;
        }

        await ReplaceAsync(pool, watched, stopping);
        return 0;
    }

    private async Task<INatsJSConsumer?> InfoAsync(string pool, Watched watched, CancellationToken stopping)
    {
        try
        {
            return await jetStream.GetConsumerAsync(names.PromptStream, PoolRecord.Consumer(pool, watched.Generation), stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            return null;
        }
    }

    private async Task ReplaceAsync(string pool, Watched watched, CancellationToken stopping)
    {
        await streams.DeleteConsumerAsync(names.PromptStream, PoolRecord.Consumer(pool, watched.Generation), stopping);
        watched.Generation++;
        watched.Stuck = 0;
        await MakeAsync(pool, watched, stopping);
    }

    private async Task MakeAsync(string pool, Watched watched, CancellationToken stopping)
    {
        await streams.EnsurePoolAsync(pool, PoolRecord.Consumer(pool, watched.Generation), stopping);
        await (await buckets.RecordsAsync(stopping)).PutAsync(Keys.Pool(pool), Wire.Encode(new PoolRecord(watched.Generation)), cancellationToken: stopping);
    }

    /// <summary>A record that was written over is put again.</summary>
    private async Task KeepRecordAsync(string pool, int generation, CancellationToken stopping)
    {
        var records = await buckets.RecordsAsync(stopping);
        var there = await records.TryGetEntryAsync<byte[]>(Keys.Pool(pool), cancellationToken: stopping);
        if (there.Success && Wire.Decode<PoolRecord>(there.Value.Value)?.Generation == generation) return;
        await records.PutAsync(Keys.Pool(pool), Wire.Encode(new PoolRecord(generation)), cancellationToken: stopping);
    }

    private sealed class Watched
    {
        public int Generation { get; set; } = 1;

        public ulong Delivered { get; set; }

        public int Stuck { get; set; }
    }
}
