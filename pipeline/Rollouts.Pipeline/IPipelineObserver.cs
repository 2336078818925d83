namespace Rollouts.Pipeline;

/// <summary>Sees what goes to the sink: for progress and metrics.</summary>
public interface IPipelineObserver
{
    /// <summary>Called for one batch at a time.</summary>
    void OnBatch(GroupBatch batch);
}
