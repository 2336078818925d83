using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Compares what the streams hold with what the driver waits for, once a lease: the table decides what is to be done, never the server's acknowledgements.
/// Work that is nowhere is published again, work that nobody needs is removed, consumers that are stuck and streams that are gone are made anew.
/// </summary>
internal sealed class Reconciler(
    JobSetup setup, StreamContents contents, PoolConsumers consumers, GroupTable table, ActorRegistry actors, WorkPublisher work, HeldResults held, TransportCounters counters, DriverOptions options, TimeProvider time)
{
    /// <summary>Looks at a stored result that was not delivered before its consumer is taken to be stuck.</summary>
    private const int Patience = 4;

    /// <summary>Looks after which a group in nobody's hands is taken to be forgotten.</summary>
    private const int ForgottenAfter = 2;

    private readonly Dictionary<string, long> _servedAt = [];
    private readonly Dictionary<string, ulong> _delivered = [];
    private int _undelivered;

    /// <summary>What it did last, for a person.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(options.Settings.Lease, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await LookAsync(stopping);
                Trouble = null;
            }
            catch (NatsJSApiException e) when (e.Error.Code == 404)
            {
                Trouble = "the NATS server has lost the job's streams; they are made anew";
                await RestoreAsync(stopping);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                Trouble = $"the NATS server does not answer: {e.Message}";
            }
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        var prompts = await contents.PromptsAsync(stopping);
        await setup.KeepRecordAsync(stopping);
        await held.ExtendAsync(setup.Streams.ResultAckWait, stopping);
        await PublishMissingAsync(prompts, stopping);
        foreach (var (key, pool) in prompts)
            if (table.IsAnswered(key) && !actors.Runs(key)) await work.DeleteAsync(setup.Names.Prompt(pool, key), stopping);
        foreach (var pool in options.Pools)
        {
            var delivered = await consumers.WatchAsync(pool, IsLeft(pool, prompts), stopping);
            await ReplaceForgottenAsync(pool, prompts, delivered, stopping);
            await MoveAsync(pool, stopping);
        }
    }

    /// <summary>
    /// A server gives what is due again before what is new. So a group that was delivered, that nobody has held for two looks, and that does not come while actors have room or
    /// newer ones do, never comes: nats-server 2.9 forgets some after it was killed.
    /// </summary>
    private async Task ReplaceForgottenAsync(string pool, Dictionary<GroupKey, string> prompts, ulong delivered, CancellationToken stopping)
    {
        var goesOn = delivered > _delivered.GetValueOrDefault(pool) || HasRoom(pool);
        _delivered[pool] = delivered;
        foreach (var pending in table.Pending.Where(p => p.Pool == pool))
        {
            var unheld = pending.Sequence <= delivered && !pending.Result.IsCompleted && prompts.ContainsKey(pending.Key) && !actors.Runs(pending.Key);
            pending.Unheld = unheld ? pending.Unheld + 1 : 0;
            if (pending.Unheld <= ForgottenAfter || !goesOn) continue;
            pending.Unheld = 0;
            counters.CountRepublished();
            await work.ReplaceAsync(pending, stopping);
        }
    }

    private async Task PublishMissingAsync(Dictionary<GroupKey, string> prompts, CancellationToken stopping)
    {
        var missing = table.Pending.Where(p => p.Pool.Length > 0 && !p.Result.IsCompleted && !prompts.ContainsKey(p.Key) && !actors.Runs(p.Key)).ToHashSet();
        if (missing.Count > 0)
        {
            var results = await contents.ResultsAsync(stopping);
            var stored = missing.RemoveWhere(p => results.ContainsKey(p.Key));
            await WatchResultsAsync(stored, stopping);
        }

        foreach (var pending in table.Pending)
        {
            // Twice, so that what is on its way between two looks is not taken for lost.
            var again = missing.Contains(pending) && pending.WasMissing;
            pending.WasMissing = missing.Contains(pending) && !again;
            if (!again || pending.Result.IsCompleted) continue;
            counters.CountRepublished();
            await work.PublishAgainAsync(pending, pending.Pool, stopping);
        }
    }

    private async Task WatchResultsAsync(int undelivered, CancellationToken stopping)
    {
        _undelivered = undelivered > 0 ? _undelivered + 1 : 0;
        if (_undelivered < Patience) return;
        _undelivered = 0;
        await setup.Streams.ReplaceResultConsumerAsync(stopping);
    }

    private bool HasRoom(string pool) =>
        actors.Live.Any(l => l.TakesWork && l.Record.Pool == pool && l.Record.Groups.Count < PoolSize.GroupsOf(l.Record.MaxRunning, options.Siblings));

    private bool IsLeft(string pool, Dictionary<GroupKey, string> prompts) => HasRoom(pool) && prompts.Any(p => p.Value == pool && table.Wants(p.Key) && !actors.Runs(p.Key));

    /// <summary>A pool without a live actor for longer than the stall deadline gives its groups to one that has some.</summary>
    private async Task MoveAsync(string pool, CancellationToken stopping)
    {
        var live = actors.Live.Where(l => l.TakesWork).Select(l => l.Record.Pool).ToHashSet();
        if (live.Contains(pool) || !_servedAt.TryGetValue(pool, out var servedAt)) _servedAt[pool] = servedAt = time.GetTimestamp();
        if (time.GetElapsedTime(servedAt) < options.Stall || live.Count == 0) return;
        foreach (var pending in table.Pending.Where(p => p.Pool == pool && !p.Result.IsCompleted))
        {
            await work.WithdrawAsync(pending.Key, stopping);
            await work.PublishAgainAsync(pending, live.Min()!, stopping);
        }
    }

    private async Task RestoreAsync(CancellationToken stopping)
    {
        try
        {
            actors.LeasesLost();
            await setup.EnsureAsync(stopping);
            foreach (var pool in options.Pools) await consumers.EnsureAsync(pool, stopping);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // Tried again at the next look.
        }
    }
}
