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
        RecipeFault[] faults =
        [
            .. pools.SelectMany(p => EngineFit.Faults(ModelConfigReader.Read(loaded.ModelOf(p).Path), p.Engine.ToOptions(p.Parallel.ToPlan(), threads: 1, p.Device)).Select(f => new RecipeFault(loaded.File, 0, 0, $"actor '{p.Name}': {f}"))),
            .. pools.Where(p => p.Model is not null && !HasSameTokenizer(loaded, p)).Select(p => new RecipeFault(loaded.File, 0, 0, $"actor '{p.Name}': its model has another tokenizer than model.path, with which prompts are encoded")),
        ];
        if (faults.Length > 0) throw new RecipeException(faults);
    }

    private static bool HasSameTokenizer(LoadedRecipe loaded, ActorSection pool) =>
        File.ReadAllBytes(TokenizerOf(loaded.ModelOf(pool).Path)).AsSpan().SequenceEqual(File.ReadAllBytes(TokenizerOf(loaded.Resolve(loaded.Recipe.Model.Path))));

    private static string TokenizerOf(string folder) => Path.Combine(folder, "tokenizer.json") is var file && File.Exists(file) ? file : throw new ModelFormatException($"{folder}: there is no tokenizer.json");
}
