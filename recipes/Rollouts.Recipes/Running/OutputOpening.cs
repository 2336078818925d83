using System.Globalization;
using Rollouts.Data;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Opens a recipe's output folder: begins it, or takes up one that the same recipe began.</summary>
internal static class OutputOpening
{
    public static async Task<OutputSession> OpenAsync(LoadedRecipe loaded, PromptSource source, bool fresh, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = new OutputFolder(fresh ? Beside(loaded.Recipe.Output.Path) : Path.GetFullPath(loaded.Recipe.Output.Path));
        var session = await OutputSession.OpenAsync(folder, before => HeaderAsync(before, loaded, source, folder, time, cancellationToken), time);
        await File.WriteAllTextAsync(folder.ResolvedRecipe, RecipeWriter.ToYaml(Resolved(loaded)), cancellationToken);
        return session;
    }

    /// <summary>The recipe as it stands in the folder: its inputs are found from there too, and on another machine its numbers are held in the same type.</summary>
    public static Recipe Resolved(LoadedRecipe loaded)
    {
        var recipe = loaded.Recipe;
        return recipe with
        {
            Model = recipe.Model with { Path = loaded.Resolve(recipe.Model.Path), Dtype = DtypeOf(loaded) },
            Actors = [.. recipe.Actors.Select(a => a.Model is null ? a : a with { Model = loaded.ModelOf(a) })],
            Prompts = recipe.Prompts with { Path = loaded.Resolve(recipe.Prompts.Path) },
            Transport = recipe.Transport.Resolved(loaded),
        };
    }

    private static ModelDtype DtypeOf(LoadedRecipe loaded)
    {
        var model = loaded.Recipe.Model;
        if (loaded.Recipe.Actors.All(a => a.Engine.Kind != EngineKind.Model)) return model.Dtype;
        return Dtypes.Resolve(model.Dtype, ModelConfigReader.Read(loaded.Resolve(model.Path)), loaded.Recipe.Actors[0].Device).Type == ElementType.Float32 ? ModelDtype.Float32 : ModelDtype.Bfloat16;
    }

    private static async Task<ManifestHeader> HeaderAsync(
        ManifestHeader? before, LoadedRecipe loaded, PromptSource source, OutputFolder folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var fingerprint = Fingerprint.Of(loaded);
        var scan = await source.ScanAsync(before?.PromptRows, cancellationToken);
        if (before is not null)
        {
            Fingerprint.RequireSame(folder.Root, before, fingerprint, scan);
            return before with { PromptRows = scan.Count };
        }

        var now = time.GetUtcNow();
        return new ManifestHeader(
            1, $"{loaded.Recipe.Name}-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}", now,
            loaded.Recipe.Sampling.LogprobMode == LogProbMode.Raw ? "raw" : "processed",
            [.. loaded.Recipe.Rewards.Select(RecipeChecks.NameOf)], scan.Schema.Columns, scan.Count, scan.Fingerprint, fingerprint,
            loaded.Recipe.Sampling.Logprobs.TopK, loaded.Recipe.Sampling.PromptLogprobs, RoutedExperts(loaded));
    }

    /// <summary>The layout of the experts' column, where a pool returns them.</summary>
    private static RoutedExpertShape? RoutedExperts(LoadedRecipe loaded) => loaded.Recipe.Actors.Any(a => a.Engine.ReturnRoutedExperts)
        ? ModelConfigReader.Read(loaded.Resolve(loaded.Recipe.Model.Path)).Mixture?.Routed
        : null;

    /// <summary>The first of <c>path-2</c>, <c>path-3</c>, … that is free, or the path itself where nothing is there.</summary>
    private static string Beside(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path)) return path;
        var number = 2;
        while (Directory.Exists($"{path}-{number}")) number++;
        return $"{path}-{number}";
    }
}
