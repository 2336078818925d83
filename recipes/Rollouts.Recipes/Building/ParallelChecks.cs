using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Whether the model can be spread as its pools ask: told before anything is loaded.</summary>
internal static class ParallelChecks
{
    /// <exception cref="RecipeException">It cannot; both numbers are named.</exception>
    public static void Require(LoadedRecipe loaded)
    {
        var pools = loaded.Recipe.Actors.Where(a => a.Engine.Kind == EngineKind.Model).ToArray();
        if (pools.Length == 0) return;
        var config = ModelConfigReader.Read(loaded.Resolve(loaded.Recipe.Model.Path));
        RecipeFault[] faults =
        [
            .. pools.SelectMany(p => ParallelFit.Faults(config, p.Parallel.ToPlan()).Select(f => new RecipeFault(loaded.File, 0, 0, $"actor '{p.Name}': {f}"))),
            .. pools.Where(p => p.Engine.ReturnRoutedExperts && config.Mixture is null).Select(p => new RecipeFault(loaded.File, 0, 0, $"actor '{p.Name}': engine.return_routed_experts: a {config.ModelType} model has no experts")),
        ];
        if (faults.Length > 0) throw new RecipeException(faults);
    }
}
