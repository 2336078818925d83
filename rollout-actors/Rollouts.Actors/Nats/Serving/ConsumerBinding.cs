using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>
/// The pool's consumer as one actor sees it, and where fresh work begins. After a server has come back, or a consumer was made anew, older messages may come
/// again under a delivery count of one: only those beyond the stream's end of that moment are known to be fresh.
/// </summary>
internal sealed class ConsumerBinding(INatsJSContext jetStream, JobNames names, JobBuckets buckets, string pool)
{
    private INatsJSConsumer? _consumer;
    private ulong _freshAfter = ulong.MaxValue;
    private object? _greeting;

    /// <summary>Whether a message may have been run by somebody before.</summary>
    public bool IsAgain(NatsJSMsgMetadata metadata) => metadata.NumDelivered > 1 || metadata.Sequence.Stream <= Volatile.Read(ref _freshAfter) || !IsBound;

    /// <summary>Each connect brings another greeting. It is there before the first message, whereas the client tells its listeners of a reconnect at some time after.</summary>
    private bool IsBound => ReferenceEquals(Volatile.Read(ref _greeting), jetStream.Connection.ServerInfo);

    /// <summary>What was known is not true any more.</summary>
    public void Reset()
    {
        Volatile.Write(ref _freshAfter, ulong.MaxValue);
        _consumer = null;
    }

    /// <summary>The consumer.</summary>
    /// <exception cref="NatsException">The server does not answer, or has no such consumer yet.</exception>
    public async Task<INatsJSConsumer> GetAsync(CancellationToken stopping)
    {
        if (_consumer is { } known && IsBound) return known;
        var greeting = jetStream.Connection.ServerInfo;
        var entry = await (await buckets.RecordsAsync(stopping)).TryGetEntryAsync<byte[]>(Keys.Pool(pool), cancellationToken: stopping);
        var generation = entry.Success ? Wire.Decode<PoolRecord>(entry.Value.Value)?.Generation ?? 1 : 1;
        var consumer = await jetStream.GetConsumerAsync(names.PromptStream, PoolRecord.Consumer(pool, generation), stopping);
        var stream = await jetStream.GetStreamAsync(names.PromptStream, cancellationToken: stopping);
        Volatile.Write(ref _freshAfter, stream.Info.State.LastSeq);
        Volatile.Write(ref _greeting, greeting);
        return _consumer = consumer;
    }
}
