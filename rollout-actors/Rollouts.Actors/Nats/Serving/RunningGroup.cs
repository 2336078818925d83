using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>A group that an actor holds.</summary>
internal sealed class RunningGroup(GroupKey key, INatsJSMsg<byte[]> message) : IDisposable
{
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Its key.</summary>
    public GroupKey Key { get; } = key;

    /// <summary>The message that it came in: the actor has it until it is acknowledged.</summary>
    public INatsJSMsg<byte[]> Message { get; } = message;

    /// <summary>Cancelled when its completions are to end as far as they are.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Whether nobody wants its result: it is given up without an answer.</summary>
    public bool IsUnwanted { get; private set; }

    /// <summary>Whether the life that holds it has ended: it is another's, and nothing is said about it any more.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>Ends its completions as far as they are.</summary>
    public void Cut() => _abort.Cancel();

    /// <summary>Gives it up.</summary>
    public void GiveUp()
    {
        IsUnwanted = true;
        _abort.Cancel();
    }

    /// <summary>Stops it without a word.</summary>
    public void Drop()
    {
        IsDropped = true;
        _abort.Cancel();
    }

    /// <summary>Tells the server that the group is still run here.</summary>
    public Task ProgressAsync(CancellationToken stopping) => TryAsync(() => Message.AckProgressAsync(cancellationToken: stopping));

    /// <summary>Tells the server that it is done.</summary>
    public Task AcknowledgeAsync() => TryAsync(() => Message.AckAsync());

    /// <summary>Gives it to somebody else.</summary>
    public Task ReturnAsync(TimeSpan delay) => TryAsync(() => Message.NakAsync(new AckOpts { NakDelay = delay }));

    /// <inheritdoc/>
    public void Dispose() => _abort.Dispose();

    private static async Task TryAsync(Func<ValueTask> tell)
    {
        try
        {
            await tell();
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            // The server that hears nothing gives the group to another, who asks first.
        }
    }
}
