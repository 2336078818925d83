using System.Collections.Immutable;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Asks nodes to start what a job's pools miss, for as long as they miss it.</summary>
internal sealed class NodeCalls(INatsConnection connection, NodeDirectory nodes, ActorRegistry actors, DriverOptions options, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Why actors are missing, for a person; null where none is.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stopping);
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                // The server is away, or there are no nodes.
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        Trouble = null;
        if (options.Demands.All(d => actors.Live.Count(l => l.TakesWork && l.Record.Pool == d.Name) >= d.Replicas)) return;
        var announced = await nodes.ListAsync(stopping);
        var plan = Placement.Plan(options.Job, options.Demands, There(announced), announced);
        Trouble = plan.FirstOrDefault(p => p.Node is null) is { } homeless && announced.Length > 0 ? $"an actor of pool {homeless.Pool} has no place: {homeless.Reason}" : null;
        foreach (var actor in plan.Where(p => p.Node is not null))
        {
            var device = options.Demands.First(d => d.Name == actor.Pool).Device;
            await connection.RequestAsync<byte[], byte[]>(
                NodeNames.Start(actor.Node!), Wire.Encode(new StartActor(options.Job, actor.Pool, device)), replyOpts: new NatsSubOpts { Timeout = Patience }, cancellationToken: stopping);
        }
    }

    /// <summary>Actors that nodes have or will have again, and those that joined by themselves.</summary>
    private Dictionary<string, int> There(ImmutableArray<NodeRecord> announced)
    {
        var slots = announced.SelectMany(n => n.Actors).Where(a => a.Job == options.Job && a.State != SlotState.Draining).ToArray();
        var names = slots.Select(s => s.Actor).ToHashSet();
        var others = actors.Live.Select(l => l.Record).Where(r => r.State == ActorState.Serving && !names.Contains(r.Name)).Select(r => r.Pool);
        return slots.Select(s => s.Pool).Concat(others).GroupBy(p => p).ToDictionary(p => p.Key, p => p.Count());
    }
}
