using System.Collections.Concurrent;
using System.Globalization;

namespace Rollouts.Actors.Nats;

/// <summary>
/// How many actor processes died while they ran a group. A prompt that kills its actor would otherwise kill one after the other for ever.
/// Only reports of node agents count, and only of processes that died of their own fault.
/// </summary>
/// <param name="buckets">Counts outlive the driver.</param>
/// <param name="limit">Deaths after which a group is set aside; at least 1.</param>
internal sealed class DeathLedger(JobBuckets buckets, int limit)
{
    private readonly ConcurrentDictionary<GroupKey, int> _deaths = new();
    private readonly ConcurrentDictionary<GroupKey, string> _causes = new();

    /// <summary>Deaths under a group.</summary>
    public int Of(GroupKey key) => _deaths.GetValueOrDefault(key);

    /// <summary>Learns what earlier sessions counted.</summary>
    public async Task LoadAsync(CancellationToken stopping)
    {
        var records = await buckets.RecordsAsync(stopping);
        await foreach (var name in records.GetKeysAsync(["deaths.*"], cancellationToken: stopping))
        {
            var entry = await records.TryGetEntryAsync<string>(name, cancellationToken: stopping);
            if (entry.Success && GroupKey.Parse(name) is { } key && int.TryParse(entry.Value.Value, CultureInfo.InvariantCulture, out var count)) _deaths[key] = count;
        }
    }

    /// <summary>Counts a death under a group.</summary>
    public async Task CountAsync(GroupKey key, string cause, CancellationToken stopping)
    {
        var count = _deaths.AddOrUpdate(key, 1, (_, before) => before + 1);
        _causes[key] = cause;
        try
        {
            await (await buckets.RecordsAsync(stopping)).PutAsync(Keys.Deaths(key), count.ToString(CultureInfo.InvariantCulture), cancellationToken: stopping);
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            // The count of this session stands.
        }
    }

    /// <summary>Why a group is not tried any more; null where it may be.</summary>
    public RolloutFailure? SetAside(GroupKey key) => Of(key) < limit ? null : new RolloutFailure(
        FailureKind.Infrastructure, "generate", $"set aside: {Of(key)} actor processes died while they ran this prompt (retries.infrastructure)", _causes.GetValueOrDefault(key)) { IsFinal = true };
}
