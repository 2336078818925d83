using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Core subscriptions that outlive trouble: the client renews them when it reconnects, and one that ends is taken again.</summary>
internal static class Subscriptions
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Messages of a subject until stopped.</summary>
    public static async IAsyncEnumerable<NatsMsg<byte[]>> ReadAsync(INatsConnection connection, string subject, [EnumeratorCancellation] CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await using var messages = connection.SubscribeAsync<byte[]>(subject, cancellationToken: stopping).GetAsyncEnumerator(stopping);
            while (await NextAsync(messages)) yield return messages.Current;
            await Task.Delay(Pause, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Replies where that is possible; who asked asks again where it is not.</summary>
    public static async Task ReplyAsync(NatsMsg<byte[]> message, byte[] reply, CancellationToken stopping)
    {
        try
        {
            await message.ReplyAsync(reply, cancellationToken: stopping);
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            // The asker has a deadline of its own.
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<NatsMsg<byte[]>> messages)
    {
        try
        {
            return await messages.MoveNextAsync();
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            return false;
        }
    }
}
