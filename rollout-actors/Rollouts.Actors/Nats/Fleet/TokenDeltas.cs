using System.Runtime.CompilerServices;

namespace Rollouts.Actors.Nats;

/// <summary>Listens to a job's tokens as they come. The job's recipe says <c>transport: { deltas: true }</c>.</summary>
public static class TokenDeltas
{
    /// <summary>Deltas from now on, until stopped.</summary>
    /// <param name="group">Only this group's; null for all.</param>
    /// <exception cref="IOException">The server is not to be had.</exception>
    public static async IAsyncEnumerable<RolloutDelta> ReadAsync(NatsSettings settings, string job, GroupId? group, [EnumeratorCancellation] CancellationToken stopping)
    {
        var names = new JobNames(job);
        await using var connection = await NatsConnector.OpenAsync(settings, $"rollouts deltas {job}", names.Inbox, stopping);
        var subject = group is { } one ? names.Deltas(GroupKey.Of(one)) : names.AllDeltas;
        await foreach (var message in Subscriptions.ReadAsync(connection, subject, stopping))
            if (Wire.Decode<RolloutDelta>(message.Data) is { } delta) yield return delta;
    }
}
