using System.Collections.Concurrent;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Uses subjects to see which the server refuses. A refusal is a line on the side, some time later.</summary>
internal sealed class PermissionProbe
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    /// <summary>No JSON, so no request; not empty either, for some requests are.</summary>
    private static readonly byte[] Nothing = "{!"u8.ToArray();

    private readonly NatsConnection _connection;
    private readonly ConcurrentQueue<string> _refusals = [];

    public PermissionProbe(NatsConnection connection)
    {
        _connection = connection;
        connection.ServerError += (_, said) =>
        {
            _refusals.Enqueue(said.Error);
            return default;
        };
    }

    /// <summary>Those that may not be published to.</summary>
    public async Task<HashSet<string>> RefusedAsync(IEnumerable<string> subjects, CancellationToken stopping)
    {
        var asked = subjects.ToHashSet();
        foreach (var subject in asked)
        {
            // A stream that the subject belongs to does not store what is meant for another.
            var headers = new NatsHeaders { ["Nats-Expected-Stream"] = "rollouts_doctor_stores_nothing" };
            await _connection.PublishAsync(subject, Nothing, headers: headers, cancellationToken: stopping);
        }

        return await RefusedOfAsync(asked, "Publish", stopping);
    }

    /// <summary>Those that may not be subscribed to. Only looked at: nothing is answered, and nobody is kept from a message.</summary>
    public async Task<HashSet<string>> NotHeardAsync(IEnumerable<string> subjects, CancellationToken stopping)
    {
        var asked = subjects.ToHashSet();
        var subscriptions = new List<IAsyncDisposable>();
        foreach (var subject in asked) subscriptions.Add(await _connection.SubscribeCoreAsync<byte[]>(subject, cancellationToken: stopping));
        var refused = await RefusedOfAsync(asked, "Subscription", stopping);
        foreach (var subscription in subscriptions) await subscription.DisposeAsync();
        return refused;
    }

    /// <summary>The server has said all by its answer to a ping; the client hands it on a little later.</summary>
    private async Task<HashSet<string>> RefusedOfAsync(HashSet<string> asked, string verb, CancellationToken stopping)
    {
        await _connection.PingAsync(stopping);
        int heard;
        do
        {
            heard = _refusals.Count;
            await Task.Delay(Quiet, TimeProvider.System, stopping);
        }
        while (_refusals.Count > heard);
        return [.. asked.Where(subject => _refusals.Any(r => r.Contains($"{verb} to \"{subject}\"", StringComparison.Ordinal)))];
    }
}
