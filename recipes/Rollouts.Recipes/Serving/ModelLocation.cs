using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>Where an actor finds its job's model: at the recipe's own path, else under the folder of models that it was given; and only the same model.</summary>
internal static class ModelLocation
{
    /// <summary>The fingerprint of a model's files, a line a file.</summary>
    public static string Fingerprint(string folder) => string.Join('\n', ModelFiles.Fingerprint(folder).Select(f => $"{f.Key} {f.Value}"));

    /// <exception cref="RecipeException">It is in neither place, or is another model.</exception>
    public static string Find(string path, string? models, string fingerprint)
    {
        string[] places = [path, .. models is null ? Array.Empty<string>() : [Path.Combine(Path.GetFullPath(models), Path.GetFileName(path.TrimEnd('/')))]];
        var folder = places.FirstOrDefault(Directory.Exists)
            ?? throw new RecipeException(path, $"the job's model is not on this machine: looked for {string.Join(" and ", places)}; copy it there, or say where models are with --models");
        var here = Fingerprint(folder);
        if (here == fingerprint) return folder;
        var (name, mine, theirs) = FirstDifference(here, fingerprint);
        throw new RecipeException(folder, $"this is another model than the job's: {name} has fingerprint {mine} here and {theirs} at the driver");
    }

    private static (string Name, string Here, string There) FirstDifference(string here, string there)
    {
        var (mine, theirs) = (Read(here), Read(there));
        var name = mine.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal).First(n => mine.GetValueOrDefault(n) != theirs.GetValueOrDefault(n));
        return (name, mine.GetValueOrDefault(name, "(none)"), theirs.GetValueOrDefault(name, "(none)"));
    }

    private static Dictionary<string, string> Read(string lines) => lines.Split('\n').Where(l => l.Contains(' ')).ToDictionary(l => l[..l.LastIndexOf(' ')], l => l[(l.LastIndexOf(' ') + 1)..]);
}
