namespace Rollouts;

/// <summary>How one actor's model is spread over devices.</summary>
/// <param name="TensorParallel">Ranks that share each matrix.</param>
/// <param name="PipelineParallel">Stages of layers.</param>
/// <param name="ExpertParallel">Ranks that share the experts.</param>
public sealed record ParallelPlan(int TensorParallel = 1, int PipelineParallel = 1, int ExpertParallel = 1);
