using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Which family reads which model type.</summary>
public static class ModelRegistry
{
    private static readonly Dictionary<string, Func<Checkpoint, ModelConfig, ModelOptions, IWorkerTeam, ILanguageModel>> Families = new(StringComparer.Ordinal)
    {
        ["llama"] = (from, config, options, team) => new LlamaModel(from, config, options, team),
    };

    /// <summary>Loads a model folder.</summary>
    /// <exception cref="ModelFormatException">The family is not known, or the files are not what config.json says.</exception>
    public static ILanguageModel Load(string folder, ModelConfig config, ModelOptions options, IWorkerTeam team)
    {
        LibTorch.Ensure();
        if (!Families.TryGetValue(config.ModelType, out var create))
            throw new ModelFormatException($"{folder}: the model type '{config.ModelType}' is not supported; supported are {string.Join(", ", Families.Keys)}");
        using var checkpoint = Checkpoint.Open(folder);
        return create(checkpoint, config, options, team);
    }
}
