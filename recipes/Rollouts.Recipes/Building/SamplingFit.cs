using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Whether sampling parameters fit a model: told before anything is generated, not once a rollout.</summary>
public static class SamplingFit
{
    /// <exception cref="RecipeException">A token that the model does not have, or none left to draw.</exception>
    public static void Require(SamplingParams sampling, ModelConfig config, string file)
    {
        RecipeFault[] faults = [.. SamplingRules.Faults(sampling, config.VocabularySize, config.EosTokenIds).Select(f => new RecipeFault(file, 0, 0, f.ToString()))];
        if (faults.Length > 0) throw new RecipeException(faults);
    }

    /// <summary>The same for a recipe; synthetic engines take what comes.</summary>
    internal static void Require(LoadedRecipe loaded)
    {
        if (loaded.Recipe.Actors.All(a => a.Engine.Kind != EngineKind.Model)) return;
        Require(loaded.Recipe.Sampling.ToParams(), ModelConfigReader.Read(loaded.Resolve(loaded.Recipe.Model.Path)), loaded.File);
    }
}
