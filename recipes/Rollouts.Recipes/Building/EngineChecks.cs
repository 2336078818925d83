using Rollouts.Engine;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Whether the model can do what its pools ask: told before anything is loaded.</summary>
internal static class EngineChecks
{
    /// <exception cref="RecipeException">It cannot; each fault names the setting.</exception>
    public static void Require(LoadedRecipe loaded)
    {
        var pools = loaded.Recipe.Actors.Where(a => a.Engine.Kind == EngineKind.Model).ToArray();
        if (pools.Length == 0) return;
        var config = ModelConfigReader.Read(loaded.Resolve(loaded.Recipe.Model.Path));
        RecipeFault[] faults =
        [
            .. pools.SelectMany(p => EngineFit.Faults(config, p.Engine.ToOptions(p.Parallel.ToPlan(), threads: 1)).Select(f => new RecipeFault(loaded.File, 0, 0, $"actor '{p.Name}': {f}"))),
        ];
        if (faults.Length > 0) throw new RecipeException(faults);
    }
}
