using System.Collections.Concurrent;

namespace Rollouts.Actors.Nats;

/// <summary>Which life was told to run which group, for the time until its own lease says so. Safe to use from any thread.</summary>
internal sealed class GrantedGroups(TimeSpan lease, TimeProvider time)
{
    private readonly ConcurrentDictionary<GroupKey, (string Incarnation, long At)> _grants = new();

    /// <summary>Remembers that a life was told to run a group.</summary>
    public void Add(GroupKey key, string incarnation) => _grants[key] = (incarnation, time.GetTimestamp());

    /// <summary>The life that was told last, within a lease; null where none was.</summary>
    public string? HolderOf(GroupKey key) => _grants.TryGetValue(key, out var grant) && IsCurrent(grant.At) ? grant.Incarnation : null;

    /// <summary>Forgets those that are older than a lease.</summary>
    public void Sweep()
    {
        foreach (var grant in _grants.Where(g => !IsCurrent(g.Value.At))) _grants.TryRemove(grant);
    }

    private bool IsCurrent(long at) => time.GetElapsedTime(at) <= lease;
}
