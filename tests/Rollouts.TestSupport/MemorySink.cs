namespace Rollouts.TestSupport;

/// <summary>A sink that remembers.</summary>
public sealed class MemorySink : IRolloutSink
{
    /// <summary>What it was given.</summary>
    public List<RolloutGroup> Groups { get; } = [];

    /// <summary>Thrown at every write.</summary>
    public Exception? Throws { get; set; }

    /// <summary>Batches that are taken before that.</summary>
    public int ThrowsAfter { get; set; }

    /// <inheritdoc/>
    public ValueTask WriteAsync(GroupBatch batch, CancellationToken stopping)
    {
        if (Throws is not null && ThrowsAfter-- <= 0) throw Throws;
        Groups.AddRange(batch.Groups);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken stopping) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
