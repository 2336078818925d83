using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Pulls as many groups as the actor has room for, and not one more: what it does not hold another can take.</summary>
/// <param name="binding">Where from.</param>
/// <param name="room">Groups that it may hold.</param>
/// <param name="take">Takes a message; the room is the taker's until it is released.</param>
internal sealed class WorkPuller(ConsumerBinding binding, SemaphoreSlim room, Action<INatsJSMsg<byte[]>> take, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Short enough that a drain, which lets open pulls run out, does not wait long.
    private static readonly TimeSpan Expires = TimeSpan.FromSeconds(5);

    private CancellationTokenSource _connection = new();
    private int _open;

    /// <summary>Gives up all pulls that are open: the server has forgotten them, or what they bring is not wanted any more.</summary>
    public void Forget() => Interlocked.Exchange(ref _connection, new CancellationTokenSource()).Cancel();

    /// <summary>Pulls until stopped, then until what was asked for has come or run out.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await room.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested) break;
            var free = 1;
            while (room.Wait(0, CancellationToken.None)) free++;
            Interlocked.Increment(ref _open);
            _ = PullAsync(free, stopping);
        }

        while (Volatile.Read(ref _open) > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), time, CancellationToken.None);
    }

    private async Task PullAsync(int free, CancellationToken stopping)
    {
        var came = 0;
        try
        {
            var connection = Volatile.Read(ref _connection).Token;
            var consumer = await binding.GetAsync(stopping);
            var options = new NatsJSFetchOpts { MaxMsgs = free, Expires = Expires, IdleHeartbeat = TimeSpan.FromSeconds(1) };
            await foreach (var message in consumer.FetchAsync<byte[]>(options, cancellationToken: connection))
            {
                came++;
                take(message);
            }
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            binding.Reset();
            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            if (came < free) room.Release(free - came);
            Interlocked.Decrement(ref _open);
        }
    }
}
