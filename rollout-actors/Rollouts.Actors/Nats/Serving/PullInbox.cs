using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// The one subscription that all pulls of an actor are answered to, for as long as a connection and a consumer live. A pull is then one small message, where the client's own fetch
/// makes and ends a subscription for each.
/// </summary>
/// <remarks>The server's API: ADR-13, pull consumers: <c>$JS.API.CONSUMER.MSG.NEXT.STREAM.CONSUMER</c>; 408 is a pull that has run out, 100 a heartbeat.</remarks>
internal sealed class PullInbox(INatsJSContext jetStream, INatsJSConsumer consumer, Action<INatsJSMsg<byte[]>> take, TimeProvider time)
{
    private const int HeartBeat = 100;
    private const int RanOut = 408;
    private const string Rest = "Nats-Pending-Messages";

    // Short enough that a drain, which lets open pulls run out, does not wait long.
    private static readonly TimeSpan Expires = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lost = Expires + TimeSpan.FromSeconds(2);

    private readonly INatsConnection _connection = jetStream.Connection;
    // Not an inbox of requests: the client tells those apart by their subject, and a pulled message has that of its stream.
    private readonly string _inbox = jetStream.NewBaseInbox();
    private readonly string _next = $"$JS.API.CONSUMER.MSG.NEXT.{consumer.Info.StreamName}.{consumer.Info.Name}";
    private readonly PullCredits _credits = new(time);

    /// <summary>Pulls for the room that becomes free.</summary>
    /// <param name="room">Taken from; what is left is given back at the end.</param>
    /// <param name="stopping">No pull is made any more; what was asked for comes, or runs out.</param>
    /// <param name="forgotten">The connection has changed.</param>
    /// <exception cref="NatsException">The consumer is gone, or the connection.</exception>
    public async Task RunAsync(SemaphoreSlim room, CancellationToken stopping, CancellationToken forgotten)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(forgotten);
        await using var subscription = await _connection.SubscribeCoreAsync<byte[]>(_inbox, cancellationToken: ended.Token);
        try
        {
            var reading = ReadAsync(subscription, stopping, ended.Token);
            var asking = AskAsync(room, stopping, ended.Token);
            await await Task.WhenAny(reading, asking);
        }
        finally
        {
            await ended.CancelAsync();
            if (_credits.TakeAll() is > 0 and var left) room.Release(left);
        }
    }

    private async Task AskAsync(SemaphoreSlim room, CancellationToken stopping, CancellationToken ended)
    {
        while (!stopping.IsCancellationRequested)
        {
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(stopping, ended);
            wait.CancelAfter(Lost);
            var freed = 0;
            await room.WaitAsync(wait.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.ThrowIfCancellationRequested();
            if (!wait.IsCancellationRequested) freed = 1;
            while (freed > 0 && room.Wait(0, CancellationToken.None)) freed++;
            _credits.Free(freed);
            _credits.Expire(Lost);
            await PullAsync(stopping, ended);
        }

        for (var since = time.GetTimestamp(); _credits.Awaited > 0 && time.GetElapsedTime(since) < Lost;) await Task.Delay(TimeSpan.FromMilliseconds(10), time, ended);
    }

    private async Task ReadAsync(INatsSub<byte[]> subscription, CancellationToken stopping, CancellationToken ended)
    {
        await foreach (var message in subscription.Msgs.ReadAllAsync(ended))
        {
            Take(message);
            await PullAsync(stopping, ended);
        }
    }

    private void Take(NatsMsg<byte[]> message)
    {
        switch (message.Headers?.Code ?? 0)
        {
            case 0:
                _credits.Came();
                take(new NatsJSMsg<byte[]>(message, jetStream));
                break;
            case HeartBeat:
                break;
            case RanOut:
                _credits.RanOut(RestOf(message));
                break;
            case var code:
                throw new NatsException($"the pull was refused: {code} {message.Headers!.MessageText}");
        }
    }

    private async ValueTask PullAsync(CancellationToken stopping, CancellationToken ended)
    {
        if (stopping.IsCancellationRequested || _credits.Take() is not (> 0 and var groups)) return;
        var request = string.Create(CultureInfo.InvariantCulture, $$"""{"batch":{{groups}},"expires":{{Expires.Ticks * 100}}}""");
        await _connection.PublishAsync(_next, request, replyTo: _inbox, cancellationToken: ended);
    }

    private static int RestOf(NatsMsg<byte[]> message) =>
        message.Headers!.TryGetValue(Rest, out var rest) && int.TryParse(rest.ToString(), CultureInfo.InvariantCulture, out var groups) ? groups : throw new NatsException("a pull ran out without its rest");
}
