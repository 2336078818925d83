using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// Result messages that the server must keep until their group is durable: a driver that dies finds them again.
/// Invariant: a message is acknowledged only after its group is settled, or when it is of no use.
/// </summary>
internal sealed class HeldResults(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<GroupKey, List<Held>> _held = [];

    /// <summary>Takes a new delivery of a message that is held for the old one; false where none is held.</summary>
    public bool Replace(GroupKey key, INatsJSMsg<NatsMemoryOwner<byte>> message)
    {
        lock (_lock)
        {
            if (_held.GetValueOrDefault(key)?.Find(m => m.Message.Metadata?.Sequence.Stream == message.Metadata?.Sequence.Stream) is not { } same) return false;
            same.Message = message;
            same.At = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Holds a message; one that was delivered again takes the place of its first delivery.</summary>
    public void Hold(GroupKey key, INatsJSMsg<NatsMemoryOwner<byte>> message)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(key, out var messages)) _held.Add(key, messages = []);
            var sequence = message.Metadata?.Sequence.Stream;
            messages.RemoveAll(m => m.Message.Metadata?.Sequence.Stream == sequence);
            messages.Add(new Held(message, time.GetTimestamp()));
        }
    }

    /// <summary>Acknowledges a group's messages: the server may forget them.</summary>
    public async Task ReleaseAsync(GroupKey key)
    {
        List<Held>? messages;
        lock (_lock)
        {
            if (!_held.Remove(key, out messages)) return;
        }

        foreach (var held in messages) await AcknowledgeAsync(held.Message);
    }

    /// <summary>Tells the server of messages that it has not heard about for a third of the time that it waits for.</summary>
    public async Task ExtendAsync(TimeSpan patience, CancellationToken stopping)
    {
        Held[] due;
        lock (_lock) due = [.. _held.Values.SelectMany(m => m).Where(h => time.GetElapsedTime(h.At) > patience / 3)];
        foreach (var held in due)
        {
            held.At = time.GetTimestamp();
            await held.Message.AckProgressAsync(cancellationToken: stopping);
        }
    }

    /// <summary>Acknowledges a message that is of no use. Where that does not reach the server, the message comes again.</summary>
    public static async Task AcknowledgeAsync(INatsJSMsg<NatsMemoryOwner<byte>> message)
    {
        try
        {
            await message.AckAsync();
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // What is settled is never taken twice, so a message that comes again does no harm.
        }
    }

    private sealed class Held(INatsJSMsg<NatsMemoryOwner<byte>> message, long at)
    {
        public INatsJSMsg<NatsMemoryOwner<byte>> Message { get; set; } = message;

        public long At { get; set; } = at;
    }
}
