using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>What this user's account has of JetStream, and how much of it is used.</summary>
internal sealed class AccountLook(NatsSettings settings)
{
    /// <summary>A job makes two streams and two buckets, and node agents one bucket for all jobs.</summary>
    private const int StreamsOfAJob = 5;

    /// <summary>A share of the storage from which on it is worth a word.</summary>
    private const double NearlyFull = 0.8;

    public async Task<IReadOnlyList<Finding>> LookAsync(NatsConnection connection, CancellationToken stopping)
    {
        try
        {
            await NatsConnector.RequireJetStreamAsync(connection, settings, stopping);
            return [.. Judge(await new NatsJSContext(connection).GetAccountInfoAsync(stopping))];
        }
        catch (NatsConnectException e) when (e.Problem == NatsConnectProblem.Forbidden)
        {
            // An actor need not know.
            return [Finding.Remark(Topics.JetStream, $"limits and use are not shown to this user: {e.Message}")];
        }
    }

    private static IEnumerable<Finding> Judge(AccountInfoResponse account)
    {
        // Accounts made of JWTs may have limits for each number of replicas; a job's streams have one.
        var tier = account.Tiers is { } tiers && tiers.TryGetValue("R1", out var one) ? one : null;
        var (limits, storage, memory) = (tier?.Limits ?? account.Limits, tier?.Storage ?? account.Storage, tier?.Memory ?? account.Memory);
        var (streams, consumers) = (tier?.Streams ?? account.Streams, tier?.Consumers ?? account.Consumers);
        yield return Finding.Sound(Topics.JetStream,
            $"on; storage {ByteSize.Of(storage)} of {Limit(limits.MaxStorage, ByteSize.Of(limits.MaxStorage))}, memory {ByteSize.Of(memory)} of {Limit(limits.MaxMemory, ByteSize.Of(limits.MaxMemory))}, "
            + $"{streams} streams of {Limit(limits.MaxStreams, $"{limits.MaxStreams}")}, {consumers} consumers of {Limit(limits.MaxConsumers, $"{limits.MaxConsumers}")}");
        if (limits.MaxStorage == 0) yield return Finding.Fault(Topics.JetStream, "the account has no file storage, where a job's streams lie: give it some (max_file, or the JWT's disk storage)");
        if (limits.MaxStorage > 0 && storage > NearlyFull * limits.MaxStorage) yield return Finding.Remark(Topics.JetStream, "the storage is nearly full: a full one makes jobs wait; raise the account's max_file, or let jobs that were left in the middle end");
        if (limits.MaxStreams > 0 && limits.MaxStreams - streams < StreamsOfAJob) yield return Finding.Remark(Topics.JetStream, $"{limits.MaxStreams - streams} streams are left, and a job that begins here makes 4, nodes 1: raise the account's max_streams");
        if (limits.MaxBytesRequired) yield return Finding.Fault(Topics.JetStream, "the account demands max_bytes of every stream, and a job sets none: take that off (max_bytes_required)");
    }

    private static string Limit(long limit, string text) => limit < 0 ? "no limit" : text;
}
