using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>What a recipe will do, found without taking a device.</summary>
public static class RecipeReport
{
    /// <summary>Lines for a person.</summary>
    public static async Task<IReadOnlyList<string>> CreateAsync(LoadedRecipe loaded, CancellationToken cancellationToken)
    {
        var recipe = loaded.Recipe;
        _ = Tokenizer.Load(loaded.Resolve(recipe.Model.Path));
        var scan = await PromptSources.Create(loaded).ScanAsync(null, cancellationToken);
        return
        [
            $"{scan.Count} prompts x {recipe.Prompts.Epochs} epochs x {recipe.Sampling.N} siblings = {scan.Count * recipe.Prompts.Epochs * recipe.Sampling.N} rollouts",
            $"columns: {string.Join(", ", scan.Schema.Columns.Select(c => $"{c.Name} {c.Type.ToString().ToLowerInvariant()}"))}",
            .. recipe.Actors.Select(a => $"{a.Name}: {a.Replicas} x {Names.Key(a.Engine.Kind.ToString())} engine on {Names.Key(a.Device.ToString())}, {a.Engine.MaxRunning} sequences each"),
            $"output: {Path.GetFullPath(recipe.Output.Path)}",
        ];
    }
}
