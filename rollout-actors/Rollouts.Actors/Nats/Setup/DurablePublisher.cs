using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Publishes into a stream until the server says that it is stored. A connection that is lost or a store that is full is waited for, under the same message id, so that nothing is stored twice.</summary>
internal sealed class DurablePublisher(INatsJSContext jetStream, TimeProvider time)
{
    /// <summary>The server's number for a message that its stream refused to store, whatever the reason.</summary>
    private const int StoreFailed = 10077;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // The id is good for as many tries as one likes, so the client need not try by itself.
    private static readonly NatsJSPubOpts Once = new() { RetryAttempts = 1 };

    /// <summary>Why publishing is waiting now; null while all is well.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Stores a message.</summary>
    /// <returns>Its sequence number; null where its subject has a message already and may have only one.</returns>
    /// <exception cref="OperationCanceledException">It was not to wait any longer; whether the message is stored is not known.</exception>
    public async Task<ulong?> PublishAsync(string subject, ReadOnlyMemory<byte> body, string id, NatsHeaders? headers, CancellationToken stopping)
    {
        headers ??= [];
        headers["Nats-Msg-Id"] = id;
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            var (stored, sequence, trouble) = await TryAsync(subject, body, headers, stopping);
            Trouble = trouble;
            if (stored) return sequence;
            await Task.Delay(wait, time, stopping);
        }
    }

    private async Task<(bool Stored, ulong? Sequence, string? Trouble)> TryAsync(string subject, ReadOnlyMemory<byte> body, NatsHeaders headers, CancellationToken stopping)
    {
        try
        {
            // A publish sets the headers read-only, so each try has its own.
            var own = new NatsHeaders(headers.ToDictionary());
            var answer = await jetStream.PublishAsync(subject, body, opts: Once, headers: own, cancellationToken: stopping);
            return answer.Error switch
            {
                null => (true, answer.Seq, null),
                { ErrCode: StoreFailed } error when error.Description?.Contains("per subject", StringComparison.Ordinal) == true => (true, null, null),
                var error => (false, null, $"the NATS server does not store {subject}: {error.Description} ({error.ErrCode})"),
            };
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            return (false, null, $"the NATS server does not answer: {ServerFaults.Reason(jetStream.Connection, e)}");
        }
    }
}
