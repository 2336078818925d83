using System.Collections.Concurrent;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>Lives of actors that were declared dead, for good: their records outlive the driver. Safe to use from any thread.</summary>
internal sealed class FencedLives(JobBuckets buckets, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _since = new();

    /// <summary>Whether a life was declared dead.</summary>
    public bool Contains(string incarnation) => _since.ContainsKey(incarnation);

    /// <summary>Whether something was said by a life that was dead by then. What the server had stored before it was declared dead counts: its work was nobody else's.</summary>
    /// <param name="at">When the server stored it; null where that is not known.</param>
    public bool Contains(string incarnation, DateTimeOffset? at) => _since.TryGetValue(incarnation, out var since) && (at is null || at >= since);

    /// <summary>Learns which lives an earlier session declared dead.</summary>
    public async Task LoadAsync(CancellationToken stopping)
    {
        var records = await buckets.RecordsAsync(stopping);
        await foreach (var key in records.GetKeysAsync([Keys.Fenced("*")], cancellationToken: stopping)) await LearnAsync(records, key[Keys.Fenced("").Length..], stopping);
    }

    /// <summary>Declares a life dead. For this driver it is at once, by its own clock until the server has told its moment.</summary>
    public void Add(string incarnation) => _since.TryAdd(incarnation, time.GetUtcNow());

    /// <summary>Tells the server, for the actor itself and for the next driver.</summary>
    public async Task RecordAsync(string incarnation, string why, CancellationToken stopping)
    {
        try
        {
            var records = await buckets.RecordsAsync(stopping);
            await records.PutAsync(Keys.Fenced(incarnation), why, cancellationToken: stopping);
            await LearnAsync(records, incarnation, stopping);
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            // What this driver knows is enough for this driver; the actor hears of it when it asks.
        }
    }

    /// <summary>The moment of a fence is the server's, as that of a result is.</summary>
    private async Task LearnAsync(INatsKVStore records, string incarnation, CancellationToken stopping)
    {
        var entry = await records.TryGetEntryAsync<string>(Keys.Fenced(incarnation), cancellationToken: stopping);
        if (entry.Success) _since[incarnation] = entry.Value.Created;
    }
}
