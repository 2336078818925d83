using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rollouts.Recipes;

/// <summary>A recipe that was read, and the folder to which its input paths are relative.</summary>
public sealed record LoadedRecipe(Recipe Recipe, string File)
{
    /// <summary>A path of the recipe's inputs.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(File))!);

    /// <summary>A pool's model, its path resolved: its own, or the recipe's.</summary>
    public ModelSection ModelOf(ActorSection pool) => (pool.Model ?? Recipe.Model) is var model ? model with { Path = Resolve(model.Path) } : model;
}

/// <summary>Reads recipe files.</summary>
public static partial class RecipeReader
{
    private const long MaxBytes = 1 << 20;

    /// <summary>Reads a recipe; <c>${NAME}</c> in its values is taken from the environment, <paramref name="overrides"/> (<c>a.b=c</c>) are set last.</summary>
    /// <exception cref="RecipeException">All that is wrong with it, each with its place.</exception>
    public static LoadedRecipe Load(string file, IReadOnlyList<string> overrides)
    {
        if (!File.Exists(file)) throw new RecipeException(file, "no such recipe file");
        if (new FileInfo(file).Length > MaxBytes) throw new RecipeException(file, "larger than 1 MiB, which no recipe is");
        return Read(File.ReadAllText(file), file, overrides);
    }

    /// <summary>Reads a recipe's text.</summary>
    /// <param name="file">What messages call it; its input paths are relative to this file's folder.</param>
    /// <exception cref="RecipeException">All that is wrong with it, each with its place.</exception>
    public static LoadedRecipe Read(string text, string file, IReadOnlyList<string> overrides)
    {
        var root = Parse(text, file);
        var origins = new Dictionary<YamlNode, string>(ReferenceEqualityComparer.Instance);
        foreach (var change in overrides) Override(root, change, origins);

        var binder = new RecipeBinder(file, origins);
        Interpolate(root, binder);
        var recipe = (Recipe?)binder.Section(root, typeof(Recipe), "");
        if (recipe is not null) RecipeChecks.Check(recipe, root, binder);
        return binder.Faults.Count == 0 ? new LoadedRecipe(recipe!, file) : throw new RecipeException(binder.Faults);
    }

    private static YamlMappingNode Parse(string text, string file)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents is [{ RootNode: YamlMappingNode root }] ? root : throw new RecipeException(file, "a recipe is one YAML mapping");
        }
        catch (YamlException e)
        {
            throw new RecipeException([new RecipeFault(file, e.Start.Line, e.Start.Column, $"not YAML: {e.InnerException?.Message ?? e.Message}")]);
        }
    }

    /// <summary>Sets <c>a.b=c</c>; the value is YAML. List items are named by their position: <c>actors.0.replicas=2</c>.</summary>
    internal static void Override(YamlMappingNode root, string change, Dictionary<YamlNode, string> origins)
    {
        var option = $"--set {UserOfUrl().Replace(change, "://")}";
        if (change.Split('=', 2) is not [{ Length: > 0 } path, var text]) throw new RecipeException(option, "write --set key.path=value");
        var value = Parse($"value: {text}", option).Children.Values.First();
        foreach (var node in value.AllNodes) origins[node] = option;
        YamlNode at = root;
        var keys = path.Split('.');
        for (var i = 0; i < keys.Length; i++)
        {
            var last = i == keys.Length - 1;
            switch (at)
            {
                case YamlMappingNode mapping:
                    var key = new YamlScalarNode(keys[i]);
                    if (!mapping.Children.ContainsKey(key)) origins[key] = option;
                    if (last) mapping.Children[key] = value;
                    else if (!mapping.Children.ContainsKey(key)) mapping.Children[key] = new YamlMappingNode();
                    at = mapping.Children[key];
                    break;
                case YamlSequenceNode list when int.TryParse(keys[i], out var item) && item >= 0 && item < list.Children.Count:
                    if (last) list.Children[item] = value;
                    at = list.Children[item];
                    break;
                default:
                    throw new RecipeException(option, $"there is nothing at '{string.Join('.', keys[..(i + 1)])}' to set");
            }
        }
    }

    private static void Interpolate(YamlNode node, RecipeBinder binder)
    {
        switch (node)
        {
            case YamlScalarNode { Value: { } text } scalar when text.Contains("${", StringComparison.Ordinal):
                scalar.Value = Variable().Replace(text, match =>
                {
                    var value = Environment.GetEnvironmentVariable(match.Groups[1].Value);
                    if (value is null) binder.Fault(node, $"the environment variable {match.Groups[1].Value} is not set");
                    return value ?? "";
                });
                break;
            case YamlMappingNode mapping:
                foreach (var child in mapping.Children.Values) Interpolate(child, binder);
                break;
            case YamlSequenceNode list:
                foreach (var child in list.Children) Interpolate(child, binder);
                break;
        }
    }

    // A password in a URL is refused, and must not stand in the message that refuses it.
    [GeneratedRegex("://[^/]*@")]
    private static partial Regex UserOfUrl();

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
