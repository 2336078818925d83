using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>Actors and nodes at a server, for who looks at them or empties one: <c>rollouts ps</c>, <c>drain</c> and <c>check</c>.</summary>
public sealed partial class Fleet : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly NatsJSContext _jetStream;
    private readonly NatsKVContext _buckets;
    private readonly NatsSettings _settings;
    private readonly TimeProvider _time;

    private Fleet(NatsConnection connection, NatsSettings settings, TimeProvider time)
    {
        (_connection, _settings, _time) = (connection, settings, time);
        _jetStream = new NatsJSContext(connection);
        _buckets = new NatsKVContext(_jetStream);
    }

    /// <exception cref="IOException">The server is not to be had.</exception>
    public static async Task<Fleet> OpenAsync(NatsSettings settings, TimeProvider time, CancellationToken stopping)
    {
        var connection = await NatsConnector.OpenAsync(settings, "rollouts fleet", NodeNames.Inbox, stopping);
        await NatsConnector.RequireJetStreamAsync(connection, settings, stopping);
        return new Fleet(connection, settings, time);
    }

    /// <summary>The nodes that are announced.</summary>
    /// <exception cref="IOException">The server does not answer, or this user may not ask.</exception>
    public Task<ImmutableArray<NodeRecord>> NodesAsync(CancellationToken stopping) =>
        ServerFaults.ToldAsync(_connection, _settings, () => new NodeDirectory(_jetStream).ListAsync(stopping), stopping);

    /// <summary>The actors of a job, or of all jobs.</summary>
    /// <exception cref="IOException">The server does not answer, or this user may not ask.</exception>
    public Task<ImmutableArray<FleetActor>> ActorsAsync(string? job, CancellationToken stopping) =>
        ServerFaults.ToldAsync(_connection, _settings, () => ListActorsAsync(job, stopping), stopping);

    /// <summary>Asks an actor, or a node with all its actors, to finish what it has and to leave.</summary>
    /// <param name="name">The actor's or node's name.</param>
    /// <param name="job">Where actors of several jobs have the name: which is meant.</param>
    /// <param name="handBack">Whether an actor hands back what it runs as far as it is, instead of finishing it.</param>
    /// <exception cref="IOException">There is none of that name, several are, or it does not answer.</exception>
    public async Task DrainAsync(string name, string? job, bool handBack, CancellationToken stopping)
    {
        var actors = (await ActorsAsync(job, stopping)).Where(a => a.Record.Name == name).ToArray();
        if (actors.Length > 1) throw new IOException($"actors of jobs {string.Join(" and ", actors.Select(a => a.Job))} are called '{name}': say which with --job");
        if (actors is [var actor])
        {
            var order = new ActorOrder(handBack ? ActorOrderKind.HandBack : ActorOrderKind.Drain, actor.Record.Incarnation);
            await OrderAsync(new JobNames(actor.Job).Actor(name), Wire.Encode(order), name, stopping);
        }
        else if ((await NodesAsync(stopping)).Any(n => n.Name == name))
        {
            await OrderAsync(NodeNames.Drain(name), Wire.Encode(new Receipt()), name, stopping);
        }
        else
        {
            throw new IOException($"{_settings}: there is no actor and no node '{name}'; rollouts ps lists them");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<ImmutableArray<FleetActor>> ListActorsAsync(string? job, CancellationToken stopping)
    {
        var found = ImmutableArray.CreateBuilder<FleetActor>();
        await foreach (var name in _jetStream.ListStreamNamesAsync(cancellationToken: stopping))
            if (LeaseStream().Match(name) is { Success: true } match && (job is null || match.Groups[1].Value == job)) await AddActorsAsync(match.Groups[1].Value, found, stopping);
        return [.. found.OrderBy(a => a.Job, StringComparer.Ordinal).ThenBy(a => a.Record.Name, StringComparer.Ordinal)];
    }

    private async Task AddActorsAsync(string job, ImmutableArray<FleetActor>.Builder found, CancellationToken stopping)
    {
        var store = await _buckets.GetStoreAsync(new JobNames(job).LeaseBucket, stopping);
        var lease = (await store.GetStatusAsync(stopping)).Info.Config.MaxAge;
        await foreach (var key in store.GetKeysAsync([Keys.AllActors], cancellationToken: stopping))
        {
            var entry = await store.TryGetEntryAsync<byte[]>(key, cancellationToken: stopping);
            if (entry.Success && Wire.Decode<ActorRecord>(entry.Value.Value) is { } record) found.Add(new FleetActor(job, record, _time.GetUtcNow() - entry.Value.Created, lease));
        }
    }

    private async Task OrderAsync(string subject, byte[] order, string name, CancellationToken stopping)
    {
        try
        {
            var reply = await _connection.RequestAsync<byte[], byte[]>(subject, order, replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(5) }, cancellationToken: stopping);
            if (Wire.Decode<Receipt>(reply.Data) is not { Error: null }) throw new IOException($"'{name}' refused: {Wire.Decode<Receipt>(reply.Data)?.Error}");
        }
        catch (NatsException e)
        {
            throw new IOException($"'{name}' does not answer: {ServerFaults.Reason(_connection, e)}", e);
        }
    }

    [GeneratedRegex(@"\AKV_rollouts_([A-Za-z0-9_-]{1,64})_live\z")]
    private static partial Regex LeaseStream();
}
