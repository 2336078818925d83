using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>What a driver makes at the server, once at its start and again whenever the server has lost it.</summary>
internal sealed class JobSetup(INatsJSContext jetStream, JobNames names, DriverOptions options)
{
    /// <summary>What everything is called.</summary>
    public JobNames Names { get; } = names;

    /// <summary>Streams.</summary>
    public JobStreams Streams { get; } = new(jetStream, names, options.Settings.Lease);

    /// <summary>Buckets.</summary>
    public JobBuckets Buckets { get; } = new(jetStream, names);

    /// <summary>Begins: what another run of this job has left is removed.</summary>
    public async Task BeginAsync(CancellationToken stopping)
    {
        await Buckets.EnsureAsync(options.Settings.Lease, stopping);
        var records = await Buckets.RecordsAsync(stopping);
        var before = await records.TryGetEntryAsync<byte[]>(Keys.Job, cancellationToken: stopping);
        if (before.Success && Wire.Decode<JobRecord>(before.Value.Value)?.RunId != options.Record.RunId)
        {
            await Streams.DeleteAsync(stopping);
            await foreach (var key in records.GetKeysAsync(cancellationToken: stopping))
                if (key != Keys.Job) await records.PurgeAsync(key, cancellationToken: stopping);
        }

        await EnsureAsync(stopping);
    }

    /// <summary>Makes what is not there.</summary>
    public async Task EnsureAsync(CancellationToken stopping)
    {
        await Buckets.EnsureAsync(options.Settings.Lease, stopping);
        await Streams.EnsureAsync(stopping);
        await Streams.ReplaceResultConsumerAsync(stopping);
        await PutRecordAsync(JobState.Running, stopping);
    }

    /// <summary>The job's record as it was put: one that was written over is put again, for actors that join later.</summary>
    public async Task KeepRecordAsync(CancellationToken stopping)
    {
        var there = await (await Buckets.RecordsAsync(stopping)).TryGetEntryAsync<byte[]>(Keys.Job, cancellationToken: stopping);
        if (!there.Success || !there.Value.Value.AsSpan().SequenceEqual(Wire.Encode(options.Record with { State = JobState.Running }))) await PutRecordAsync(JobState.Running, stopping);
    }

    /// <summary>All is decided: actors go home, and nothing is left but a record that says so.</summary>
    public async Task EndAsync(CancellationToken stopping)
    {
        await PutRecordAsync(JobState.Ended, stopping);
        await jetStream.Connection.PublishAsync(Names.AllActors, Wire.Encode(new ActorOrder(ActorOrderKind.End)), cancellationToken: stopping);
        await Streams.DeleteAsync(stopping);
        await Buckets.DeleteLeasesAsync(stopping);
    }

    private async Task PutRecordAsync(JobState state, CancellationToken stopping) =>
        await (await Buckets.RecordsAsync(stopping)).PutAsync(Keys.Job, Wire.Encode(options.Record with { State = state }), cancellationToken: stopping);
}
