using System.Text.RegularExpressions;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>A job that nobody has, under a name that nobody else takes: its streams and buckets are made as every job's, and removed when it is disposed.</summary>
internal sealed partial class ScratchJob(INatsJSContext jetStream, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Longer than any examination: what is older was left by one that was killed.</summary>
    private static readonly TimeSpan Leftover = TimeSpan.FromMinutes(10);

    /// <summary>The shortest that the settings allow.</summary>
    public TimeSpan Lease { get; } = NatsSettingsRules.MinLease;

    /// <summary>What everything is called.</summary>
    public JobNames Names { get; } = new($"doctor-{Guid.NewGuid():N}");

    /// <summary>Its streams.</summary>
    public JobStreams Streams => new(jetStream, Names, Lease);

    /// <summary>Its buckets.</summary>
    public JobBuckets Buckets => new(jetStream, Names);

    /// <summary>One stream more, for trying settings.</summary>
    public string SpareStream => $"rollouts_{Names.Job}_spare";

    /// <summary>Its consumer for work.</summary>
    public static string Consumer => PoolRecord.Consumer(Pool, 1);

    /// <summary>Its pool.</summary>
    public const string Pool = "pool";

    /// <summary>Makes all that a driver makes; what comes back is compared with what was asked for.</summary>
    public async Task MakeAsync(CancellationToken stopping)
    {
        await Buckets.EnsureAsync(Lease, stopping);
        await Streams.EnsureAsync(stopping);
        await Streams.EnsurePoolAsync(Pool, Consumer, stopping);
        await Streams.ReplaceResultConsumerAsync(stopping);
    }

    /// <summary>Removes what an examination that was killed has left.</summary>
    public async Task SweepAsync(CancellationToken stopping)
    {
        var left = new List<string>();
        await foreach (var name in jetStream.ListStreamNamesAsync(cancellationToken: stopping))
            if (Scratch().IsMatch(name)) left.Add(name);
        foreach (var name in left)
        {
            var stream = await jetStream.GetStreamAsync(name, cancellationToken: stopping);
            if (time.GetUtcNow() - stream.Info.Created > Leftover) await DeleteAsync(name, stopping);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            foreach (var stream in new[] { Names.PromptStream, Names.ResultStream, $"KV_{Names.RecordBucket}", $"KV_{Names.LeaseBucket}", SpareStream }) await DeleteAsync(stream, patience.Token);
        }
        catch (Exception e) when (Patiently.IsOfServer(e, CancellationToken.None))
        {
            // The next examination removes it.
        }
    }

    private async Task DeleteAsync(string stream, CancellationToken stopping)
    {
        try
        {
            await jetStream.DeleteStreamAsync(stream, stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            // It was not made.
        }
    }

    [GeneratedRegex(@"\A(KV_)?rollouts_doctor-[0-9a-f]{32}(_\w+)?\z")]
    private static partial Regex Scratch();
}
