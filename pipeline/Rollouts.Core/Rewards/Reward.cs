using System.Collections.Immutable;

namespace Rollouts;

/// <summary>A named part of a reward.</summary>
public readonly record struct RewardComponent(string Name, double Value);

/// <summary>What a rollout earned. A rollout without one has null, never 0.</summary>
/// <param name="Value">The weighted sum of the components.</param>
/// <param name="Components">One a configured reward, before its weight.</param>
public sealed record Reward(double Value, ImmutableArray<RewardComponent> Components);
