using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Pulls as many groups as the actor has room for, and not one more: what it does not hold another can take.</summary>
/// <param name="jetStream">The server.</param>
/// <param name="binding">Where from.</param>
/// <param name="room">Groups that it may hold.</param>
/// <param name="take">Takes a message; the room is the taker's until it is released.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkPuller(INatsJSContext jetStream, ConsumerBinding binding, SemaphoreSlim room, Action<INatsJSMsg<byte[]>> take, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly RenewedToken _connection = new();

    /// <summary>Gives up all pulls that are open: the server has forgotten them, or what they bring is not wanted any more.</summary>
    public void Forget() => _connection.Renew();

    /// <summary>Pulls until stopped, then until what was asked for has come or run out.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var connection = _connection.Current;
                await new PullInbox(jetStream, await binding.GetAsync(stopping), take, time).RunAsync(room, stopping, connection);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException or ObjectDisposedException)
            {
                binding.Reset();
                await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
