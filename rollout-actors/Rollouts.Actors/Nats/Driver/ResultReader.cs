using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Takes results out of the stream and brings each to who waits for it. Whatever comes, the loop goes on.</summary>
internal sealed class ResultReader(
    INatsJSContext jetStream, JobNames names, JobStreams streams, IRolloutCodec codec, GroupTable table, HeldResults held, ActorRegistry actors, WorkPublisher work, TransportCounters counters, TimeProvider time)
{
    /// <summary>Names the life of the actor that generated a result.</summary>
    public const string IncarnationHeader = "Rollouts-Incarnation";

    private const int MaxBodyBytes = 256 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // A missed heartbeat is how a pull that the server has forgotten is noticed.
    private static readonly NatsJSConsumeOpts Pull = new() { MaxMsgs = 256, Expires = TimeSpan.FromSeconds(10), IdleHeartbeat = TimeSpan.FromSeconds(1) };

    private readonly BodyAssembler _assembler = new(MaxBodyBytes, MaxBodyBytes);
    private readonly RenewedToken _connection = new();
    private volatile bool _isCut;

    /// <summary>
    /// The connection was lost and is back. What the old one was bringing counts as delivered, and would come again only after <see cref="JobStreams.ResultAckWait"/>, while its groups keep their seats:
    /// a new consumer brings it at once.
    /// </summary>
    public void Reconnected()
    {
        _isCut = true;
        _connection.Renew();
    }

    /// <summary>Reads until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopping, _connection.Current);
                if (_isCut) await streams.ReplaceResultConsumerAsync(reading.Token);
                _isCut = reading.IsCancellationRequested;
                var consumer = await jetStream.GetConsumerAsync(names.ResultStream, names.ResultConsumer, reading.Token);
                await foreach (var message in consumer.ConsumeAsync<NatsMemoryOwner<byte>>(opts: Pull, cancellationToken: reading.Token)) await TakeAsync(message, stopping);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                // The server is away, or has lost the consumer: the watch over the streams makes it anew.
            }

            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeAsync(INatsJSMsg<NatsMemoryOwner<byte>> message, CancellationToken stopping)
    {
        if (GroupKey.Parse(message.Subject) is not { } key || Read(message, key) is not { } read)
        {
            counters.CountMalformed();
            await HeldResults.AcknowledgeAsync(message);
            return;
        }
        if (read.Answer is { } answer) await TakeAsync(answer, key, message, stopping);
        else if (table.IsAnswered(key)) await HeldResults.AcknowledgeAsync(message);
        else held.Hold(key, message);
    }

    /// <summary>The answer that a message completes, or that it is a part of one; null where it is neither.</summary>
    private PartOfAnswer? Read(INatsJSMsg<NatsMemoryOwner<byte>> message, GroupKey key)
    {
        // Messages are held until their groups are durable; their bytes need not be.
        using var received = message.Data;
        if (received.Length == 0) return null;
        try
        {
            var data = BodyParts.IsPart(received.Span) ? received.Memory.ToArray() : received.Memory;
            if (_assembler.Add($"{key}/{Header(message, IncarnationHeader)}", data) is not { } body) return new PartOfAnswer(null);
            var answer = codec.DecodeAnswer(body);
            return GroupKey.Of(answer.Group) == key ? new PartOfAnswer(answer) : null;
        }
        catch (BodyFormatException)
        {
            return null;
        }
    }

    private async Task TakeAsync(RolloutAnswer answer, GroupKey key, INatsJSMsg<NatsMemoryOwner<byte>> message, CancellationToken stopping)
    {
        var pending = table.Find(key);
        if (actors.IsFenced(Header(message, IncarnationHeader), message.Metadata?.Timestamp))
        {
            // Its work was given to another when it was declared dead.
            counters.CountFenced();
            await HeldResults.AcknowledgeAsync(message);
        }
        else if (table.IsAnswered(answer.Group, key))
        {
            await DuplicateAsync(key, message);
        }
        else if (pending is null)
        {
            held.Hold(key, message);
            table.KeepEarly(key, answer);
        }
        else if (answer.Attempt < pending.Request.Attempt || answer.Result.Completions.Length != pending.Request.Sampling.N)
        {
            counters.CountOvertaken();
            await HeldResults.AcknowledgeAsync(message);
        }
        else if (answer.Result.Completions.Any(c => c.Finish == FinishReason.Aborted))
        {
            await ContinueAsync(pending, answer, message, stopping);
        }
        else
        {
            held.Hold(key, message);
            table.Complete(pending, answer);
        }
    }

    /// <summary>The server may deliver what is held once more: then the message is kept, for it is the same one.</summary>
    private async Task DuplicateAsync(GroupKey key, INatsJSMsg<NatsMemoryOwner<byte>> message)
    {
        if (held.Replace(key, message)) return;
        counters.CountDuplicate();
        await HeldResults.AcknowledgeAsync(message);
    }

    /// <summary>An actor that left has handed the group back as far as it was: another goes on from its tokens.</summary>
    private async Task ContinueAsync(PendingGroup pending, RolloutAnswer answer, INatsJSMsg<NatsMemoryOwner<byte>> message, CancellationToken stopping)
    {
        counters.CountContinued();
        pending.Request = pending.Request with { SoFar = [.. answer.Result.Completions] };
        await work.DeleteAsync(names.Prompt(pending.Pool, pending.Key), stopping);
        await work.PublishAgainAsync(pending, pending.Pool, stopping);
        await HeldResults.AcknowledgeAsync(message);
        await held.ReleaseAsync(pending.Key);
    }

    private static string Header(INatsJSMsg<NatsMemoryOwner<byte>> message, string name) => message.Headers is { } headers && headers.TryGetValue(name, out var values) ? values.ToString() : "";

    private sealed record PartOfAnswer(RolloutAnswer? Answer);
}
