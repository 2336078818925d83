using System.Collections.Immutable;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace Rollouts.Actors.Nats;

/// <summary>The nodes that are announced.</summary>
internal sealed class NodeDirectory(INatsJSContext jetStream)
{
    private readonly NatsKVContext _context = new(jetStream);

    /// <summary>All of them, by name; none where no node was ever there.</summary>
    public async Task<ImmutableArray<NodeRecord>> ListAsync(CancellationToken stopping)
    {
        var found = ImmutableArray.CreateBuilder<NodeRecord>();
        try
        {
            var store = await _context.GetStoreAsync(NodeNames.Bucket, stopping);
            await foreach (var key in store.GetKeysAsync(cancellationToken: stopping))
            {
                var entry = await store.TryGetEntryAsync<byte[]>(key, cancellationToken: stopping);
                if (entry.Success && Wire.Decode<NodeRecord>(entry.Value.Value) is { } node && node.Name == key) found.Add(node);
            }
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            // No node was ever there.
        }

        return [.. found.OrderBy(n => n.Name, StringComparer.Ordinal)];
    }
}
