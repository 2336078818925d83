using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Orders to one life of an actor: those to all actors of the job, and those to it by name. What is meant for another life of it is not its own.</summary>
internal sealed class ActorOrders(INatsConnection connection, JobNames names, string actor, string incarnation, Action<ActorOrder> obey)
{
    /// <summary>Obeys until stopped.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(ListenAsync(names.AllActors, stopping), ListenAsync(names.Actor(actor), stopping));

    private async Task ListenAsync(string subject, CancellationToken stopping)
    {
        await foreach (var message in Subscriptions.ReadAsync(connection, subject, stopping))
        {
            if (Wire.Decode<ActorOrder>(message.Data) is not { } order || order.Incarnation is { } meant && meant != incarnation) continue;
            obey(order);
            if (message.ReplyTo is not null) await Subscriptions.ReplyAsync(message, Wire.Encode(new Receipt()), stopping);
        }
    }
}
