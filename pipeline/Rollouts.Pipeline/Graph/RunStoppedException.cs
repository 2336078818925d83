namespace Rollouts.Pipeline;

/// <summary>What leaves a block's delegate when its work failed: never an OperationCanceledException, which Dataflow would take for a dropped item.</summary>
internal sealed class RunStoppedException(Exception cause) : Exception("The run was stopped.", cause);
