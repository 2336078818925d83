using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Which family reads which model type.</summary>
public static class ModelRegistry
{
    private static readonly Dictionary<string, IModelFamily> Families = new(StringComparer.Ordinal)
    {
        ["llama"] = new LlamaFamily(),
        ["mistral"] = new MistralFamily(),
        ["mixtral"] = new MixtralFamily(),
        ["qwen2"] = new QwenFamily(third: false),
        ["qwen3"] = new QwenFamily(third: true),
        ["qwen3_moe"] = new QwenFamily(third: true),
        ["deepseek_v2"] = new DeepSeekFamily(third: false),
        ["deepseek_v3"] = new DeepSeekFamily(third: true),
    };

    private static readonly Dictionary<string, string> Architectures = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = "llama",
        ["MistralForCausalLM"] = "mistral",
        ["MixtralForCausalLM"] = "mixtral",
        ["Qwen2ForCausalLM"] = "qwen2",
        ["Qwen3ForCausalLM"] = "qwen3",
        ["Qwen3MoeForCausalLM"] = "qwen3_moe",
        ["DeepseekV2ForCausalLM"] = "deepseek_v2",
        ["DeepseekV3ForCausalLM"] = "deepseek_v3",
    };

    /// <summary>Loads a model folder.</summary>
    /// <param name="team">The step's threads; where a plan asks for several ranks, a <see cref="WorkerTeam"/> of one a rank.</param>
    /// <exception cref="ModelFormatException">The files are not what config.json says, or cannot be spread as the plan asks.</exception>
    public static ILanguageModel Load(string folder, ModelConfig config, ModelOptions options, IWorkerTeam team)
    {
        LibTorch.Ensure();
        ParallelFit.Require(folder, config, options.Parallel);
        using var checkpoint = Checkpoint.Open(folder);
        if (options.Parallel.NumRanks > 1)
            return new ParallelModel((parallel, threads) => new DecoderModel(Families[config.ModelType], checkpoint, config, options, parallel, threads), options.Parallel, (WorkerTeam)team, Math.Max(1, options.Threads / options.Parallel.NumRanks));
        return new DecoderModel(Families[config.ModelType], checkpoint, config, options, ParallelContext.Single, team);
    }

    /// <summary>The family of a model type that a config was read with.</summary>
    internal static IModelFamily Family(ModelConfig config) => Families[config.ModelType];

    /// <summary>The family of a config.</summary>
    /// <exception cref="ModelFormatException">It is not known.</exception>
    internal static IModelFamily Find(JsonKeys keys) => Families[TypeOf(keys)];

    /// <summary>The model type that a config names, or that its architecture stands for.</summary>
    internal static string TypeOf(JsonKeys keys)
    {
        var (type, architecture) = (keys.Text("model_type"), keys.Texts("architectures")?.FirstOrDefault());
        if (type is not null && Families.ContainsKey(type)) return type;
        if (type is null && architecture is not null && Architectures.TryGetValue(architecture, out var known)) return known;
        throw keys.Broken($"the model type '{type ?? architecture}' is not supported; supported are {string.Join(", ", Families.Keys)}");
    }
}
