using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Turns the rewards of a group into advantages.</summary>
public interface IAdvantage
{
    /// <summary>One advantage a rollout, in order; null where the rollout has no reward.</summary>
    ImmutableArray<float?> Compute(RolloutGroup group);
}
