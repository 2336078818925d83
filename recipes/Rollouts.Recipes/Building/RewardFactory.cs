using System.Collections.Immutable;
using Rollouts.Pipeline;

namespace Rollouts.Recipes;

/// <summary>Makes the rewards that a recipe names.</summary>
internal static class RewardFactory
{
    public static ImmutableArray<WeightedReward> Create(Recipe recipe, TimeProvider time) =>
        [.. recipe.Rewards.Select(r => new WeightedReward(Create(r, recipe.Deadlines.Reward, time), r.Weight))];

    private static IReward Create(RewardSection reward, TimeSpan deadline, TimeProvider time)
    {
        var name = RecipeChecks.NameOf(reward);
        var extract = reward.Extract is null ? null : new AnswerPattern(reward.Extract);
        return reward.Kind switch
        {
            RewardKind.ExactMatch => new ExactMatchReward(name, reward.Answer!, extract),
            RewardKind.Numeric => new NumericReward(name, reward.Answer!, extract, reward.Tolerance ?? 1e-6),
            RewardKind.Math => new MathReward(name, reward.Answer!),
            RewardKind.Regex => new PatternReward(name, reward.Pattern!, whole: false),
            RewardKind.Format => new PatternReward(name, reward.Pattern!, whole: true),
            RewardKind.Length => new LengthReward(name, reward.Target!.Value, (int)(reward.Tolerance ?? 0)),
            _ => new ProcessReward(name, reward.Command, reward.Workers, deadline, time),
        };
    }
}
