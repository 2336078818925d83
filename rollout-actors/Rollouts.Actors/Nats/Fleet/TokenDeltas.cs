using System.Runtime.CompilerServices;

namespace Rollouts.Actors.Nats;

/// <summary>Listens to a job's tokens as they come. The job's recipe says <c>transport: { deltas: true }</c>.</summary>
public static class TokenDeltas
{
    /// <summary>Deltas from now on, until stopped.</summary>
    /// <param name="group">Only this group's; null for all.</param>
    /// <param name="missed">Told, before the delta that follows, how many messages were lost so far because they were not read in time: more than <see cref="NatsConnector.PendingMessages"/> were waiting.</param>
    /// <exception cref="IOException">The server is not to be had.</exception>
    public static async IAsyncEnumerable<RolloutDelta> ReadAsync(NatsSettings settings, string job, GroupId? group, Action<long>? missed, [EnumeratorCancellation] CancellationToken stopping)
    {
        var names = new JobNames(job);
        await using var connection = await NatsConnector.OpenAsync(settings, $"rollouts deltas {job}", names.Inbox, stopping);
        var subject = group is { } one ? names.Deltas(GroupKey.Of(one)) : names.AllDeltas;
        var counters = ConnectionCounters.Of(connection);
        var told = 0L;
        await foreach (var message in Subscriptions.ReadAsync(connection, subject, stopping))
        {
            if (counters.Dropped is var lost && lost > told) missed?.Invoke(told = lost);
            if (Wire.Decode<RolloutDelta>(message.Data) is { } delta) yield return delta;
        }
    }
}
