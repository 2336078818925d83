using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Rollouts.Actors.Nats;

/// <summary>Puts groups into the work stream, and takes out what nobody needs any more.</summary>
internal sealed class WorkPublisher(INatsJSContext jetStream, DurablePublisher publisher, StreamContents contents, JobNames names, IRolloutCodec codec, GroupTable table, TransportCounters counters)
{
    /// <summary>Says that a group's work was published before, so that an actor which the driver has not yet heard of may run it.</summary>
    public const string AgainHeader = "Rollouts-Again";

    /// <summary>Message ids of one session never meet those of another.</summary>
    private readonly string _session = Guid.NewGuid().ToString("N");

    private int MaxBytes => MessageRoom.Of(jetStream.Connection);

    /// <summary>Publishes a group to a pool, unless its work lies in the stream since an earlier session.</summary>
    /// <returns>A failure where the group cannot travel.</returns>
    public async Task<RolloutFailure?> PublishAsync(PendingGroup pending, string pool, CancellationToken stopping)
    {
        if (pending.Request.Attempt > 0) await WithdrawAsync(pending.Key, stopping);
        else if (pending.Pool.Length > 0) return null;
        return await PublishAgainAsync(pending, pool, stopping);
    }

    /// <summary>Publishes a group whatever was published before.</summary>
    public async Task<RolloutFailure?> PublishAgainAsync(PendingGroup pending, string pool, CancellationToken stopping)
    {
        var body = codec.EncodeRequest(pending.Request);
        if (body.Length > MaxBytes && !pending.Request.SoFar.IsEmpty)
        {
            // What was handed back does not fit: it is generated anew, and comes out the same.
            pending.Request = pending.Request with { SoFar = [] };
            body = codec.EncodeRequest(pending.Request);
        }

        if (body.Length > MaxBytes) return TooLarge(body.Length);
        // Also by an earlier session, which is how a group comes to have a pool before.
        var again = pending.Pool.Length > 0;
        pending.Pool = pool;
        pending.Publications++;
        var id = $"{_session}/{pending.Key}/{pending.Request.Attempt}/{pending.Publications}";
        table.SetUnderWay(pending.Key, pool);
        var headers = again ? new NatsHeaders { [AgainHeader] = "true" } : null;
        pending.Sequence = await publisher.PublishAsync(names.Prompt(pool, pending.Key), body, id, headers, stopping) ?? 0;
        counters.CountPublished();
        return null;
    }

    /// <summary>Publishes a group whose message the server has and does not deliver.</summary>
    public async Task ReplaceAsync(PendingGroup pending, CancellationToken stopping)
    {
        await DeleteAsync(names.Prompt(pending.Pool, pending.Key), stopping);
        await PublishAgainAsync(pending, pending.Pool, stopping);
    }

    /// <summary>Takes a group's work out of the stream. Where it has no result, actors are told to give it up.</summary>
    public async Task WithdrawAsync(GroupKey key, CancellationToken stopping)
    {
        if (table.TakeUnderWay(key)) await TryAsync(() => jetStream.Connection.PublishAsync(names.AllActors, Wire.Encode(new ActorOrder(ActorOrderKind.Abort, Groups: [key.ToString()])), cancellationToken: stopping), stopping);
        // Also of work that has a result: its actor's acknowledgement may still be on its way, and would take the next attempt's place in the stream for done.
        await DeleteAsync(names.AnyPrompt(key), stopping);
    }

    /// <summary>Removes the work of a subject, wherever it lies.</summary>
    public Task DeleteAsync(string subject, CancellationToken stopping) =>
        TryAsync(async () => await contents.RemoveWorkAsync(subject, stopping), stopping);

    /// <summary>What does not reach the server is found again by the next look at the streams.</summary>
    private static async Task TryAsync(Func<ValueTask> tell, CancellationToken stopping)
    {
        try
        {
            await tell();
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            // Tried again then.
        }
    }

    private RolloutFailure TooLarge(int bytes) => new(FailureKind.Data, "dispatch",
        $"the group's work is a message of {bytes} bytes and the NATS server takes {MaxBytes + MessageRoom.Overhead} (max_payload): raise max_payload, or shorten the prompt");
}
