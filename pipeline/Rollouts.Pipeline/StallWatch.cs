namespace Rollouts.Pipeline;

/// <summary>Ends a run in which nothing has moved for too long, with a message that says what was stuck. Nothing waits for ever.</summary>
internal sealed class StallWatch(TimeSpan patience, IRolloutTransport transport, RolloutLedger ledger, TimeProvider time)
{
    private readonly CancellationTokenSource _done = new();
    private long _movedAt = time.GetTimestamp();
    private long _tokens;

    public void Moved() => Volatile.Write(ref _movedAt, time.GetTimestamp());

    public void Stop() => _done.Cancel();

    public async Task RunAsync(RolloutGraph graph)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Clamp(patience.TotalMilliseconds / 10, 10, 10_000)), time);
        while (await timer.WaitForNextTickAsync(_done.Token))
        {
            // Long groups are no stall while their tokens come.
            var tokens = transport.Loads.Sum(l => l.Load.GeneratedTokens);
            if (tokens != Interlocked.Exchange(ref _tokens, tokens)) Moved();
            if (time.GetElapsedTime(Volatile.Read(ref _movedAt)) < patience) continue;
            await graph.FailAsync(new TimeoutException(
                $"nothing has moved for {patience} (deadlines.stall): {ledger.Now.InFlight} rollouts in flight; {string.Join(", ", transport.Loads.Select(l => $"{l.Actor}: {l.Load.Running} running, {l.Load.Waiting} waiting"))}{(transport.Waiting is { Length: > 0 } waiting ? $"; {waiting}" : "")}"));
            return;
        }
    }
}
