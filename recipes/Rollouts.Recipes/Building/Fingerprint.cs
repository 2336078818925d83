using System.Collections.Immutable;
using Rollouts.Data;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>What must stay the same for a folder to be resumed: the recipe's model, prompts, sampling, rewards, filter, advantage and batch, and the model's own files.</summary>
internal static class Fingerprint
{
    // A run may be given more prompts, and its files may have moved: their content is what counts.
    private static readonly string[] MayChange = ["prompts.limit", "prompts.epochs", "prompts.path", "model.path"];

    public static ImmutableSortedDictionary<string, string> Of(LoadedRecipe loaded)
    {
        var recipe = loaded.Recipe;
        IEnumerable<KeyValuePair<string, string>> entries =
        [
            .. RecipeWriter.Flatten(recipe.Model, "model"),
            .. RecipeWriter.Flatten(recipe.Prompts, "prompts"),
            .. RecipeWriter.Flatten(recipe.Sampling, "sampling"),
            .. recipe.Rewards.SelectMany((r, i) => RecipeWriter.Flatten(r, $"rewards[{i}]")),
            .. RecipeWriter.Flatten(recipe.Filter, "filter"),
            .. RecipeWriter.Flatten(recipe.Advantage, "advantage"),
            .. RecipeWriter.Flatten(recipe.Batch, "batch"),
            .. recipe.Actors.SelectMany((a, i) => a.Engine.Kind == EngineKind.Synthetic ? RecipeWriter.Flatten(a.Engine, $"actors[{i}].engine") : []),
            .. recipe.Actors.Where(a => a.Model is not null)
                .SelectMany(a => ModelFiles.Fingerprint(loaded.ModelOf(a).Path).Select(f => new KeyValuePair<string, string>($"file {f.Key} of pool {a.Name}", f.Value))),
            .. ModelFiles.Fingerprint(loaded.Resolve(recipe.Model.Path)).Select(f => new KeyValuePair<string, string>($"file {f.Key}", f.Value)),
            .. PromptEncoders.Templates(loaded, TimeProvider.System) is { } templates ? [new KeyValuePair<string, string>("chat template", templates.Fingerprint)] : Array.Empty<KeyValuePair<string, string>>(),
        ];
        return entries.Where(e => !MayChange.Contains(e.Key)).ToImmutableSortedDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
    }

    /// <summary>Refuses a folder that another recipe began.</summary>
    /// <exception cref="DataFormatException">With the list of differences.</exception>
    public static void RequireSame(string folder, ManifestHeader before, ImmutableSortedDictionary<string, string> now, PromptScan prompts)
    {
        List<string> differences =
        [
            .. before.Fingerprint.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
                .Select(key => (key, old: before.Fingerprint.GetValueOrDefault(key, "none"), @new: now.GetValueOrDefault(key, "none")))
                .Where(x => x.old != x.@new).Select(x => $"{x.key}: {x.old} before, {x.@new} now"),
        ];
        if (prompts.Prefix is null) differences.Add($"prompts: {before.PromptRows} rows before, {prompts.Count} now");
        else if (prompts.Prefix != before.PromptHash) differences.Add($"prompts: the first {before.PromptRows} rows have changed");
        if (differences.Count > 0)
            throw new DataFormatException($"{folder} was begun by another recipe ({string.Join("; ", differences)}); take --fresh to begin beside it, or another output.path");
    }
}
