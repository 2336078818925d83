using System.Collections.Immutable;
using System.Globalization;
using Rollouts.Data;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>The model folder of each policy version that is at hand.</summary>
internal static class ReplayWeights
{
    /// <summary>Reads <c>VERSION=DIR</c>; version 0 is the recipe's own model where nothing else is said.</summary>
    /// <exception cref="RecipeException">Not so written, or no such folder.</exception>
    /// <exception cref="DataFormatException">The model of version 0 is not the one that the folder was made with.</exception>
    public static ImmutableSortedDictionary<int, string> Read(IReadOnlyList<string> options, LoadedRecipe loaded, ManifestHeader header)
    {
        var weights = ImmutableSortedDictionary.CreateBuilder<int, string>();
        foreach (var option in options)
        {
            if (option.Split('=', 2) is not [var digits, { Length: > 0 } folder] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                throw new RecipeException($"--weights {option}", "write --weights VERSION=DIR");
            if (!Directory.Exists(folder)) throw new RecipeException($"--weights {option}", $"{folder}: no such folder");
            weights[version] = folder;
        }

        var own = loaded.Resolve(loaded.Recipe.Model.Path);
        if (!weights.ContainsKey(0) && Directory.Exists(own)) weights[0] = own;
        if (weights.TryGetValue(0, out var first)) RequireSame(first, header);
        return weights.ToImmutable();
    }

    private static void RequireSame(string folder, ManifestHeader header)
    {
        string[] different = [.. ModelFiles.Fingerprint(folder).Where(f => header.Fingerprint.GetValueOrDefault($"file {f.Key}", f.Value) != f.Value).Select(f => f.Key)];
        if (different.Length > 0)
            throw new DataFormatException($"{folder}: {string.Join(" and ", different)} changed since the run; name the model that it began with: --weights 0=DIR");
    }
}
