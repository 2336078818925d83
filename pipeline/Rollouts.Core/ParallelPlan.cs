namespace Rollouts;

/// <summary>How one actor's model is spread over devices.</summary>
/// <param name="TensorParallel">Ranks that share each matrix.</param>
/// <param name="PipelineParallel">Stages of layers.</param>
/// <param name="ExpertParallel">Groups of those ranks that the experts are dealt to; within a group, ranks share each expert's width. Divides <paramref name="TensorParallel"/>.</param>
public sealed record ParallelPlan(int TensorParallel = 1, int PipelineParallel = 1, int ExpertParallel = 1)
{
    /// <summary>All ranks.</summary>
    public int NumRanks => TensorParallel * PipelineParallel;

    /// <summary>Where a rank stands. Neighbouring ranks share matrices, for they talk the most.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank, or the expert groups do not divide the ranks.</exception>
    public ParallelCoordinates CoordinatesOf(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, NumRanks);
        ArgumentOutOfRangeException.ThrowIfNotEqual(TensorParallel % ExpertParallel, 0, nameof(ExpertParallel));
        var (stage, tensor) = (rank / TensorParallel, rank % TensorParallel);
        var slices = TensorParallel / ExpertParallel;
        return new ParallelCoordinates(stage, tensor, tensor / slices, tensor % slices);
    }
}

/// <summary>A rank's place in each direction.</summary>
/// <param name="Stage">Which layers.</param>
/// <param name="Tensor">Which part of each matrix.</param>
/// <param name="Expert">Which experts.</param>
/// <param name="ExpertSlice">Which part of each of them.</param>
public readonly record struct ParallelCoordinates(int Stage, int Tensor, int Expert, int ExpertSlice);
