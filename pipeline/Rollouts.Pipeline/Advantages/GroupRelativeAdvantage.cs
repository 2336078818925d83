using System.Collections.Immutable;

namespace Rollouts.Pipeline;

/// <summary>(r - mean) / (std + 1e-6) over the rewards that a group has, std over n - 1.</summary>
/// <param name="divideByStd">False leaves r - mean.</param>
/// <remarks>GRPO: Shao et al. 2024, DeepSeekMath, <see href="https://arxiv.org/abs/2402.03300"/>, section 4.1.1. Without the division: Dr. GRPO, Liu et al. 2025.</remarks>
public sealed class GroupRelativeAdvantage(bool divideByStd = true) : IAdvantage
{
    private const double Epsilon = 1e-6;

    /// <inheritdoc/>
    public ImmutableArray<float?> Compute(RolloutGroup group)
    {
        double[] rewards = [.. group.Rollouts.Where(HasReward).Select(r => r.Reward!.Value)];
        if (group.Rollouts.Length < 2 || rewards.Length < 2) return [.. group.Rollouts.Select(_ => (float?)null)];
        var mean = rewards.Average();
        var std = Math.Sqrt(rewards.Sum(r => (r - mean) * (r - mean)) / (rewards.Length - 1));
        var scale = divideByStd ? 1 / (std + Epsilon) : 1;
        return [.. group.Rollouts.Select(r => HasReward(r) ? (float?)((r.Reward!.Value - mean) * scale) : null)];
    }

    private static bool HasReward(Rollout rollout) => rollout.Failure is null && rollout.Reward is not null;
}
