using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>The job's two key-value buckets: records that last, and leases that go away by themselves.</summary>
internal sealed class JobBuckets(INatsJSContext jetStream, JobNames names)
{
    private readonly NatsKVContext _context = new(jetStream);

    // Handles hold names and nothing of the server's, so a bucket that is made anew is still theirs; to get one costs a request.
    private INatsKVStore? _records;
    private INatsKVStore? _leases;

    /// <summary>Makes them where they are not there.</summary>
    /// <param name="lease">How long a lease lives without being renewed.</param>
    public async Task EnsureAsync(TimeSpan lease, CancellationToken stopping)
    {
        await EnsureAsync(new NatsKVConfig(names.RecordBucket) { History = 1 }, stopping);
        await EnsureAsync(new NatsKVConfig(names.LeaseBucket) { History = 1, MaxAge = lease }, stopping);
    }

    /// <summary>Records.</summary>
    public async Task<INatsKVStore> RecordsAsync(CancellationToken stopping) => _records ??= await _context.GetStoreAsync(names.RecordBucket, stopping);

    /// <summary>Leases.</summary>
    public async Task<INatsKVStore> LeasesAsync(CancellationToken stopping) => _leases ??= await _context.GetStoreAsync(names.LeaseBucket, stopping);

    /// <summary>Leases go with the job; its record stays and says that it has ended.</summary>
    public async Task DeleteLeasesAsync(CancellationToken stopping)
    {
        try
        {
            await _context.DeleteStoreAsync(names.LeaseBucket, stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            // It was not there.
        }
    }

    private async Task EnsureAsync(NatsKVConfig asked, CancellationToken stopping)
    {
        var store = await _context.CreateOrUpdateStoreAsync(asked, stopping);
        var made = (await store.GetStatusAsync(stopping)).Info.Config;
        if (made.MaxMsgsPerSubject != asked.History || made.MaxAge != asked.MaxAge)
            throw new NatsException($"the NATS server made bucket {asked.Bucket} otherwise than it was asked to: history {made.MaxMsgsPerSubject}, max_age {made.MaxAge}");
    }
}
