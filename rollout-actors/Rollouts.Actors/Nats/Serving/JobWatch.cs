using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Watches over the job that an actor serves: whether it is there, has ended, or has lost its driver for good.</summary>
internal sealed class JobWatch(INatsJSContext jetStream, JobNames names, ActorOptions options, TimeProvider time)
{
    private readonly JobBuckets _buckets = new(jetStream, names);

    /// <summary>The job's record, once it is there.</summary>
    /// <exception cref="IOException">It does not come.</exception>
    public async Task<JobRecord> WaitForJobAsync(CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            if (await FindJobAsync(stopping) is { State: JobState.Running } job) return job;
            if (time.GetElapsedTime(since) > options.JobPatience)
                throw new IOException($"{options.Settings}: no job '{options.Job}' is running there; start its driver: rollouts run RECIPE with transport: {options.Settings.Address}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, stopping);
        }
    }

    /// <summary>Watches until the job is over for this actor, and says how; null where it was stopped before.</summary>
    /// <param name="job">The job that the actor's engine was made for.</param>
    /// <param name="over">Cancelled then.</param>
    public async Task<ActorEnd?> RunAsync(JobRecord job, CancellationTokenSource over)
    {
        var drivenAt = time.GetTimestamp();
        // The order only hastens the look: the record decides.
        var hastened = WaitForEndAsync(over.Token);
        while (!over.IsCancellationRequested)
        {
            var look = Task.Delay(TimeSpan.FromSeconds(job.LeaseSeconds), time, over.Token);
            await (hastened.IsCompleted ? look : Task.WhenAny(hastened, look)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested) return null;
            var driven = await IsDrivenAsync(job, over.Token);
            if (driven) drivenAt = time.GetTimestamp();
            if (driven && !hastened.IsCompleted || await EndAsync(job, time.GetElapsedTime(drivenAt), over.Token) is not { } end) continue;
            await over.CancelAsync();
            return end;
        }

        return null;
    }

    private async Task<ActorEnd?> EndAsync(JobRecord job, TimeSpan undriven, CancellationToken stopping)
    {
        if (await FindJobAsync(stopping) is { } now && (now.State == JobState.Ended || now.RunId != job.RunId)) return ActorEnd.JobEnded;
        return undriven > options.DriverPatience ? ActorEnd.DriverGone : null;
    }

    private async Task WaitForEndAsync(CancellationToken stopping)
    {
        await foreach (var message in Subscriptions.ReadAsync(jetStream.Connection, names.AllActors, stopping))
            if (Wire.Decode<ActorOrder>(message.Data) is { Order: ActorOrderKind.End }) return;
    }

    /// <summary>Null where it is not there, or is not to be had now; who was told to stop sees that by itself.</summary>
    private async Task<JobRecord?> FindJobAsync(CancellationToken stopping)
    {
        try
        {
            var entry = await (await _buckets.RecordsAsync(stopping)).TryGetEntryAsync<byte[]>(Keys.Job, cancellationToken: stopping);
            return entry.Success ? Wire.Decode<JobRecord>(entry.Value.Value) : null;
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Whether a driver of this run renews its lease: then the run has not ended.</summary>
    private async Task<bool> IsDrivenAsync(JobRecord job, CancellationToken stopping)
    {
        try
        {
            var lease = await (await _buckets.LeasesAsync(stopping)).TryGetEntryAsync<byte[]>(Keys.Driver, cancellationToken: stopping);
            return lease.Success && Wire.Decode<DriverRecord>(lease.Value.Value)?.RunId == job.RunId;
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
