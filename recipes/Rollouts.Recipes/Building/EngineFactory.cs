using System.Collections.Immutable;
using Rollouts.Actors;

namespace Rollouts.Recipes;

/// <summary>Makes the engines that a recipe's pools ask for. They are the caller's to dispose.</summary>
internal static class EngineFactory
{
    /// <summary>Tokens that a synthetic engine takes, where no model says.</summary>
    private const int SyntheticContext = 1 << 20;

    public static ImmutableArray<(ActorId Id, IGenerationEngine Engine)> Create(LoadedRecipe loaded, ITokenizer tokenizer, TimeProvider time) =>
    [
        .. loaded.Recipe.Actors.SelectMany(pool => Enumerable.Range(0, pool.Replicas)
            .Select(i => (new ActorId(pool.Replicas == 1 ? pool.Name : $"{pool.Name}-{i}"), Create(pool.Engine, tokenizer, time)))),
    ];

    private static IGenerationEngine Create(EngineSection engine, ITokenizer tokenizer, TimeProvider time) => engine.Kind switch
    {
        EngineKind.Synthetic => new SyntheticEngine(
            new SyntheticOptions
            {
                MaxRunning = engine.MaxRunning,
                TokensPerSecond = engine.TokensPerSecond,
                MedianTokens = engine.MedianTokens,
                P99Tokens = engine.P99Tokens,
                FailureRate = engine.FailureRate,
            },
            tokenizer, SyntheticContext, time),
        _ => throw new RecipeException("actors", "the model engine is not in this version yet; use engine.kind: synthetic"),
    };
}
