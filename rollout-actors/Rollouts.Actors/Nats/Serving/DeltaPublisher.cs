using System.Threading.Channels;
using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Publishes tokens as they come, in core NATS. An engine never waits for it: what does not fit the queue is left out, and counted.</summary>
internal sealed class DeltaPublisher(INatsConnection connection, JobNames names)
{
    private const int Capacity = 4096;

    private readonly Channel<(GroupKey Key, RolloutDelta Delta)> _queue =
        Channel.CreateBounded<(GroupKey, RolloutDelta)>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropNewest, SingleReader = true }, _ => ConnectionCounters.Of(connection).CountDropped());

    /// <summary>Takes a delta.</summary>
    public void Publish(GenerationRequest request, int position, GenerationDelta delta)
    {
        var (group, sibling) = (request.Id.Group, request.Id.Sibling);
        _queue.Writer.TryWrite((GroupKey.Of(group), new RolloutDelta(
            group.Purpose, group.Epoch, group.Prompt.Value, sibling, position, [.. delta.TokenIds], [.. delta.LogProbs], delta.Text, delta.Completion?.Finish)));
    }

    /// <summary>Publishes until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var (key, delta) in _queue.Reader.ReadAllAsync(stopping))
        {
            try
            {
                await connection.PublishAsync(names.Deltas(key), Wire.Encode(delta), cancellationToken: stopping);
            }
            catch (NatsException)
            {
                // Best effort.
            }
        }
    }
}
