using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Pulls as many groups as the actor has room for, and not one more: what it does not hold another can take. While open pulls wait for more groups than there is room beside
/// them, another would bring nothing sooner: a pull costs as much as a message.
/// </summary>
/// <param name="binding">Where from.</param>
/// <param name="room">Groups that it may hold.</param>
/// <param name="take">Takes a message; the room is the taker's until it is released.</param>
internal sealed class WorkPuller(ConsumerBinding binding, SemaphoreSlim room, Action<INatsJSMsg<byte[]>> take, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Short enough that a drain, which lets open pulls run out, does not wait long.
    private static readonly TimeSpan Expires = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private CancellationTokenSource _connection = new();
    private int _pulls;
    private int _free;
    private int _awaited;

    /// <summary>Gives up all pulls that are open: the server has forgotten them, or what they bring is not wanted any more.</summary>
    public void Forget() => Interlocked.Exchange(ref _connection, new CancellationTokenSource()).Cancel();

    /// <summary>Pulls until stopped, then until what was asked for has come or run out.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await room.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested) break;
            var freed = 1;
            while (room.Wait(0, CancellationToken.None)) freed++;
            Ask(freed, came: 0, stopping);
        }

        while (Volatile.Read(ref _pulls) > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), time, CancellationToken.None);
    }

    /// <summary>Counts room that was freed and groups that came, and pulls for all that is free once no pull waits for as many.</summary>
    private void Ask(int freed, int came, CancellationToken stopping)
    {
        int asked;
        lock (_lock)
        {
            _free += freed;
            _awaited -= came;
            if (stopping.IsCancellationRequested || _free <= _awaited) return;
            (asked, _free) = (_free, 0);
            _awaited += asked;
        }

        Interlocked.Increment(ref _pulls);
        _ = PullAsync(asked, stopping);
    }

    private async Task PullAsync(int free, CancellationToken stopping)
    {
        var came = 0;
        try
        {
            var connection = Volatile.Read(ref _connection).Token;
            var consumer = await binding.GetAsync(stopping);
            var options = new NatsJSFetchOpts { MaxMsgs = free, Expires = Expires, IdleHeartbeat = TimeSpan.FromSeconds(2) };
            await foreach (var message in consumer.FetchAsync<byte[]>(options, cancellationToken: connection))
            {
                came++;
                take(message);
                Ask(freed: 0, came: 1, stopping);
            }
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            binding.Reset();
            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Ask(freed: 0, came: free - came, stopping);
            if (came < free) room.Release(free - came);
            Interlocked.Decrement(ref _pulls);
        }
    }
}
