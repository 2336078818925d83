namespace Rollouts;

/// <summary>Where decided groups go. Used by one caller at a time.</summary>
public interface IRolloutSink : IAsyncDisposable
{
    /// <summary>Takes a batch. When it returns the groups are in the sink's hands, not yet durable.</summary>
    ValueTask WriteAsync(GroupBatch batch, CancellationToken stopping);

    /// <summary>Makes everything taken so far durable.</summary>
    Task FlushAsync(CancellationToken stopping);
}
