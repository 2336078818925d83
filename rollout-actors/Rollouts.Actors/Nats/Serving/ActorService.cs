using System.Text.Json.Nodes;
using NATS.Client.Core;
using NATS.Client.Services;

namespace Rollouts.Actors.Nats;

/// <summary>Makes an actor known as a NATS service, so that the ecosystem's own tools (<c>nats micro ls</c>, <c>stats</c>) find it and what it does.</summary>
internal static class ActorService
{
    private const string Version = "1.0.0";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Announces the actor until it is stopped. It serves whether it can be announced or not: a server that is away is asked again.</summary>
    public static async Task RunAsync(INatsConnection connection, JobNames names, Func<ActorRecord> describe, TimeProvider time, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var service = await StartAsync(connection, names, describe, stopping);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task<IAsyncDisposable> StartAsync(INatsConnection connection, JobNames names, Func<ActorRecord> describe, CancellationToken stopping)
    {
        var record = describe();
        var config = new NatsSvcConfig("rollouts-actor", Version)
        {
            Description = $"actor {record.Name} of job {names.Job}, pool {record.Pool}",
            Metadata = new Dictionary<string, string> { ["job"] = names.Job, ["pool"] = record.Pool, ["actor"] = record.Name },
            UseQueueGroup = false,
            StatsHandler = _ => JsonNode.Parse(Wire.Encode(describe()))!,
        };
        var service = await new NatsSvcContext(connection).AddServiceAsync(config, stopping);
        await service.AddEndpointAsync<byte[]>(message => message.ReplyAsync(Wire.Encode(describe()), cancellationToken: stopping), "record", names.ActorRecord(record.Name), cancellationToken: stopping);
        return service;
    }
}
