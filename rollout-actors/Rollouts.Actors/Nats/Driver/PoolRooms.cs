namespace Rollouts.Actors.Nats;

/// <summary>
/// Seats: how many groups each pool may have under way. A pool has as many as its actors take, what each runs and two groups beside:
/// one that it goes on with, one that lies in the stream. Waiters are served in their order.
/// </summary>
internal sealed class PoolRooms(int siblings)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pool> _pools = [];
    private readonly LinkedList<TaskCompletionSource<string>> _waiting = [];

    /// <summary>Sets what the live actors have announced.</summary>
    public void Announce(IEnumerable<ActorRecord> actors)
    {
        lock (_lock)
        {
            foreach (var pool in _pools.Values) pool.Seats = 0;
            foreach (var actor in actors) PoolOf(actor.Pool).Seats += PoolSize.GroupsOf(actor.MaxRunning, siblings) + 1;
            Serve();
        }
    }

    /// <summary>Waits for a seat and gives its pool.</summary>
    public async ValueTask<string> TakeAsync(CancellationToken stopping)
    {
        LinkedListNode<TaskCompletionSource<string>> node;
        lock (_lock)
        {
            node = _waiting.AddLast(new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
            Serve();
        }

        using var registration = stopping.Register(() => GiveUp(node, stopping));
        return await node.Value.Task;
    }

    /// <summary>Gives a seat back.</summary>
    public void Return(string pool)
    {
        lock (_lock)
        {
            PoolOf(pool).Taken--;
            Serve();
        }
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<string>> node, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (node.List is null) return;
            _waiting.Remove(node);
        }

        node.Value.TrySetCanceled(stopping);
    }

    private void Serve()
    {
        while (_waiting.First is { } first && Freest() is { } pool)
        {
            _waiting.RemoveFirst();
            _pools[pool].Taken++;
            first.Value.TrySetResult(pool);
        }
    }

    /// <summary>The pool with the largest free share.</summary>
    private string? Freest() => _pools.Where(p => p.Value.Taken < p.Value.Seats).OrderBy(p => (double)p.Value.Taken / p.Value.Seats).Select(p => p.Key).FirstOrDefault();

    private Pool PoolOf(string name) => _pools.TryGetValue(name, out var pool) ? pool : _pools[name] = new Pool();

    private sealed class Pool
    {
        public int Seats { get; set; }

        public int Taken { get; set; }
    }
}
