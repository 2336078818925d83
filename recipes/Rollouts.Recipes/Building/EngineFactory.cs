using System.Collections.Immutable;
using Rollouts.Actors;
using Rollouts.Engine;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Makes the engines that a recipe's pools ask for. They are the caller's to dispose.</summary>
internal static class EngineFactory
{
    /// <summary>Tokens that a synthetic engine takes, where no model says.</summary>
    public const int SyntheticContext = 1 << 20;

    public static ImmutableArray<(ActorId Id, IGenerationEngine Engine)> Create(LoadedRecipe loaded, ITokenizer tokenizer, TimeProvider time)
    {
        var replicas = loaded.Recipe.Actors.SelectMany(pool => Enumerable.Range(0, pool.Replicas).Select(i => (Pool: pool, Id: IdOf(pool, i), Replica: i))).ToArray();
        // Engines of one process share its processors.
        var threads = Math.Max(1, Environment.ProcessorCount / Math.Max(1, replicas.Count(r => r.Pool.Engine.Kind == EngineKind.Model)));
        return [.. replicas.Select(r => (r.Id, r.Pool.Engine.Kind == EngineKind.Synthetic ? Synthetic(r.Pool.Engine, tokenizer, time) : Model(loaded, r.Pool with { Device = r.Pool.Device.OfReplica(r.Replica, r.Pool.Parallel.Tp) }, loaded.ModelOf(r.Pool).Path, tokenizer, threads)))];
    }

    /// <summary>The pool of an actor; null where the recipe has none.</summary>
    public static ActorSection? PoolOf(Recipe recipe, string actor) => recipe.Actors.FirstOrDefault(pool => Enumerable.Range(0, pool.Replicas).Any(i => IdOf(pool, i).Value == actor));

    /// <summary>The one engine of an actor that is alone in its process.</summary>
    public static IGenerationEngine CreateOne(LoadedRecipe loaded, ActorSection pool, ITokenizer tokenizer, TimeProvider time) => pool.Engine.Kind == EngineKind.Synthetic
        ? Synthetic(pool.Engine, tokenizer, time)
        : Model(loaded, pool, loaded.ModelOf(pool).Path, tokenizer, Environment.ProcessorCount);

    /// <summary>Tokens of prompt and completion that every pool takes, told without making an engine.</summary>
    public static int MaxLength(LoadedRecipe loaded) => loaded.Recipe.Actors
        .Min(pool => pool.Engine.Kind == EngineKind.Synthetic ? SyntheticContext : ModelConfigReader.Read(loaded.ModelOf(pool).Path).MaxLength);

    private static ActorId IdOf(ActorSection pool, int replica) => new(pool.Replicas == 1 ? pool.Name : $"{pool.Name}-{replica}");

    /// <summary>A pool's engine over the weights of a folder.</summary>
    public static IGenerationEngine Model(LoadedRecipe loaded, ActorSection pool, string folder, ITokenizer tokenizer, int threads)
    {
        var (type, _) = Dtypes.Resolve(loaded.ModelOf(pool).Dtype, ModelConfigReader.Read(folder), pool.Device);
        return EngineLoader.Load(folder, type, pool.Engine.ToOptions(pool.Parallel.ToPlan(), threads, pool.Device), tokenizer);
    }

    private static IGenerationEngine Synthetic(EngineSection engine, ITokenizer tokenizer, TimeProvider time)
    {
        var options = new SyntheticOptions
        {
            MaxRunning = engine.MaxRunning,
            TokensPerSecond = engine.TokensPerSecond,
            MedianTokens = engine.MedianTokens,
            P99Tokens = engine.P99Tokens,
            FailureRate = engine.FailureRate,
            CrashOn = engine.CrashOn,
        };
        return new SyntheticEngine(options, tokenizer, SyntheticContext, time);
    }
}
