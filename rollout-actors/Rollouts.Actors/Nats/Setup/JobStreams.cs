using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>The job's two streams and their consumers. Asking for what is there already changes nothing; what a server made of a request is compared with the request.</summary>
internal sealed class JobStreams(INatsJSContext jetStream, JobNames names, TimeSpan lease)
{
    /// <summary>Messages that may be out and not acknowledged. The server's default of 1,000 would end delivery while a file is open.</summary>
    private const int MaxAckPending = 1 << 16;

    /// <summary>Pull requests that may wait at a consumer.</summary>
    private const int MaxWaiting = 1 << 14;

    /// <summary>How long the server remembers message ids: at least as long as a publisher tries again.</summary>
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    public async Task EnsureAsync(CancellationToken stopping)
    {
        // One message a group: publishing work that is there already is refused by the server, not done twice.
        await EnsureAsync(Stream(names.PromptStream, names.AllPrompts) with { MaxMsgsPerSubject = 1, DiscardNewPerSubject = true }, stopping);
        await EnsureAsync(Stream(names.ResultStream, names.AllResults), stopping);
    }

    /// <summary>The consumer that all actors of a pool share. A group that is not heard of for a lease is given to another actor, as often as it takes.</summary>
    public Task EnsurePoolAsync(string pool, string consumer, CancellationToken stopping) => EnsureConsumerAsync(names.PromptStream, new ConsumerConfig(consumer)
    {
        FilterSubject = names.PoolPrompts(pool),
        AckWait = lease,
        MaxAckPending = MaxAckPending,
        MaxWaiting = MaxWaiting,
    }, stopping);

    /// <summary>A driver begins with a consumer of its own: it is given every result that is not settled, at once.</summary>
    public async Task ReplaceResultConsumerAsync(CancellationToken stopping)
    {
        await DeleteConsumerAsync(names.ResultStream, names.ResultConsumer, stopping);
        await EnsureConsumerAsync(names.ResultStream, new ConsumerConfig(names.ResultConsumer)
        {
            FilterSubject = names.AllResults,
            AckWait = ResultAckWait,
            MaxAckPending = MaxAckPending,
        }, stopping);
    }

    /// <summary>The driver extends what it holds well before this.</summary>
    public TimeSpan ResultAckWait { get; } = TimeSpan.FromSeconds(60) + lease * 6;

    public async Task DeleteConsumerAsync(string stream, string consumer, CancellationToken stopping)
    {
        try
        {
            await jetStream.DeleteConsumerAsync(stream, consumer, stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            // It was not there.
        }
    }

    public async Task DeleteAsync(CancellationToken stopping)
    {
        foreach (var stream in new[] { names.PromptStream, names.ResultStream })
        {
            try
            {
                await jetStream.DeleteStreamAsync(stream, stopping);
            }
            catch (NatsJSApiException e) when (e.Error.Code == 404)
            {
                // It was not there.
            }
        }
    }

    private static StreamConfig Stream(string name, string subjects) => new(name, [subjects])
    {
        Retention = StreamConfigRetention.Workqueue,
        Storage = StreamConfigStorage.File,
        // A full store pushes back on who publishes; nothing that is stored is thrown away for it.
        Discard = StreamConfigDiscard.New,
        DuplicateWindow = DuplicateWindow,
    };

    // Servers ignore what they do not know in silence.
    private async Task EnsureAsync(StreamConfig asked, CancellationToken stopping) =>
        EchoedConfiguration.Require($"stream {asked.Name}", asked, (await jetStream.CreateOrUpdateStreamAsync(asked, stopping)).Info.Config);

    private async Task EnsureConsumerAsync(string stream, ConsumerConfig asked, CancellationToken stopping)
    {
        asked.DurableName = asked.Name;
        asked.AckPolicy = ConsumerConfigAckPolicy.Explicit;
        asked.MaxDeliver = -1;
        EchoedConfiguration.Require($"consumer {asked.Name} of {stream}", asked, (await jetStream.CreateOrUpdateConsumerAsync(stream, asked, stopping)).Info.Config);
    }
}
