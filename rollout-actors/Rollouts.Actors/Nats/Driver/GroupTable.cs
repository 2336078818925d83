using System.Collections.Concurrent;

namespace Rollouts.Actors.Nats;

/// <summary>
/// What the driver knows of groups: those that somebody waits for, results that came before anybody asked, work that an earlier session left under way.
/// Safe to use from any thread.
/// </summary>
/// <param name="isDecided">Whether an earlier session of the folder decided a group.</param>
internal sealed class GroupTable(Func<GroupId, bool> isDecided, TimeProvider time)
{
    private readonly ConcurrentDictionary<GroupKey, PendingGroup> _pending = new();
    private readonly ConcurrentDictionary<GroupKey, RolloutAnswer> _early = new();
    private readonly AnsweredGroups _answered = new();
    private readonly ConcurrentDictionary<GroupKey, string> _underWay = new();

    /// <summary>Groups that somebody waits for.</summary>
    public ICollection<PendingGroup> Pending => _pending.Values;

    /// <summary>The group that is waited for the longest, and for how long; null where none is.</summary>
    public (PendingGroup Group, TimeSpan For)? Oldest => _pending.Values.Where(p => !p.Result.IsCompleted).MinBy(p => p.OpenedAt) is { } oldest ? (oldest, time.GetElapsedTime(oldest.OpenedAt)) : null;

    /// <summary>Registers a group before its work is sent: its result may be there sooner than the server's answer.</summary>
    public PendingGroup Open(RolloutRequest request)
    {
        var pending = new PendingGroup(request, time.GetTimestamp());
        if (request.Attempt > 0) _answered.Remove(pending.Key);
        _pending[pending.Key] = pending;
        if (_underWay.TryGetValue(pending.Key, out var pool)) pending.Pool = pool;
        if (_early.TryRemove(pending.Key, out var early)) Complete(pending, early);
        return pending;
    }

    /// <summary>Nobody waits any more.</summary>
    public void Close(PendingGroup pending) => _pending.TryRemove(KeyValuePair.Create(pending.Key, pending));

    /// <summary>The group that somebody waits for; null where nobody does.</summary>
    public PendingGroup? Find(GroupKey key) => _pending.GetValueOrDefault(key);

    /// <summary>Whether a group needs no work any more.</summary>
    public bool IsAnswered(GroupKey key) => _answered.Contains(key) || _early.ContainsKey(key);

    /// <summary>Whether a group is decided, or has its result.</summary>
    public bool IsAnswered(GroupId group, GroupKey key) => IsAnswered(key) || isDecided(group);

    /// <summary>Gives a result to who waits for it, and tells whether that was the first.</summary>
    public bool Complete(PendingGroup pending, RolloutAnswer answer)
    {
        _answered.Add(pending.Key);
        TakeUnderWay(pending.Key);
        return pending.TryComplete(answer.Result);
    }

    /// <summary>Ends a group without a result: every rollout of it fails so.</summary>
    public void Fail(PendingGroup pending, RolloutFailure failure)
    {
        _answered.Add(pending.Key);
        pending.TryComplete(new RolloutResult(new ActorId(""), default, [.. Enumerable.Repeat(Completion.Failed(failure), pending.Request.Sampling.N)]));
    }

    /// <summary>Whether a group's result is of use: somebody waits for it, or an earlier session left its work under way and this one will ask for it.</summary>
    public bool Wants(GroupKey key) => !IsAnswered(key) && (_pending.ContainsKey(key) || _underWay.ContainsKey(key));

    /// <summary>Keeps a result until its group is asked for.</summary>
    public void KeepEarly(GroupKey key, RolloutAnswer answer)
    {
        _early[key] = answer;
        // It may have been asked for since the caller looked.
        if (_pending.TryGetValue(key, out var pending) && _early.TryRemove(key, out var early)) Complete(pending, early);
    }

    /// <summary>Remembers work that lies in the stream.</summary>
    public void SetUnderWay(GroupKey key, string pool) => _underWay[key] = pool;

    /// <summary>Whether work lies in the stream that has no result yet.</summary>
    public bool IsUnderWay(GroupKey key) => _underWay.ContainsKey(key);

    /// <summary>Forgets work that lies in the stream, and tells whether there was any.</summary>
    public bool TakeUnderWay(GroupKey key) => _underWay.TryRemove(key, out _);

    /// <summary>Forgets a group that is durable. Its own session remembers that it was answered: results of overtaken actors still come.</summary>
    public void Settle(GroupKey key)
    {
        _answered.Add(key);
        _early.TryRemove(key, out _);
    }

    /// <summary>Every group of the session ends up here, so an entry is no more than its key.</summary>
    private sealed class AnsweredGroups
    {
        private readonly HashSet<GroupKey> _keys = [];

        public void Add(GroupKey key)
        {
            lock (_keys) _keys.Add(key);
        }

        public void Remove(GroupKey key)
        {
            lock (_keys) _keys.Remove(key);
        }

        public bool Contains(GroupKey key)
        {
            lock (_keys) return _keys.Contains(key);
        }
    }
}
