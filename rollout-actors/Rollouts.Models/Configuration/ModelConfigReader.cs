using System.Collections.Immutable;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Reads config.json in both key styles: rope_theta and rope_scaling beside each other with torch_dtype, or rope_parameters with dtype.</summary>
public static class ModelConfigReader
{
    private const long MaxBytes = 4 << 20;

    /// <exception cref="ModelFormatException">A file is missing or broken, or asks for what is not supported.</exception>
    public static ModelConfig Read(string folder)
    {
        var file = Path.Combine(folder, "config.json");
        using var document = Parse(file, required: true)!;
        using var generation = Parse(Path.Combine(folder, "generation_config.json"), required: false);
        var config = new JsonKeys(document.RootElement, file);
        Require(config, file);
        var heads = config.Int("num_attention_heads", 1, 1 << 16);
        var hidden = config.Int("hidden_size", 1, 1 << 20);
        var kvHeads = config.OptionalInt("num_key_value_heads") ?? heads;
        if (kvHeads <= 0 || heads % kvHeads != 0) throw new ModelFormatException($"{file}: num_attention_heads {heads} is no multiple of num_key_value_heads {kvHeads}");
        var rope = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        return new ModelConfig
        {
            ModelType = config.Text("model_type") ?? "llama",
            HiddenSize = hidden,
            NumLayers = config.Int("num_hidden_layers", 1, 1 << 14),
            NumHeads = heads,
            NumKvHeads = kvHeads,
            HeadSize = config.OptionalInt("head_dim") ?? hidden / heads,
            IntermediateSize = config.Int("intermediate_size", 1, 1 << 24),
            VocabularySize = config.Int("vocab_size", 1, 1 << 24),
            MaxLength = config.OptionalInt("max_position_embeddings") ?? 2048,
            NormEpsilon = (float)(config.Number("rms_norm_eps") ?? 1e-6),
            RopeTheta = rope?.Number("rope_theta") ?? config.Number("rope_theta") ?? 10000,
            RopeScaling = Scaling(rope, config, file),
            TiedEmbeddings = config.Flag("tie_word_embeddings"),
            AttentionBias = config.Flag("attention_bias"),
            MlpBias = config.Flag("mlp_bias"),
            Type = (config.Text("dtype") ?? config.Text("torch_dtype")) switch { "float32" => TensorType.F32, "float16" => TensorType.F16, _ => TensorType.BF16 },
            EosTokenIds = Ids(generation?.RootElement) ?? Ids(document.RootElement) ?? [],
        };
    }

    private static void Require(JsonKeys config, string file)
    {
        var type = config.Text("model_type");
        if (type != "llama") throw new ModelFormatException($"{file}: the model type '{type}' is not supported; this version knows llama");
        if (config.Text("hidden_act") is { } activation and not "silu") throw new ModelFormatException($"{file}: hidden_act '{activation}' is not supported; silu is");
    }

    private static RopeScaling Scaling(JsonKeys? rope, JsonKeys config, string file) => (rope?.Text("rope_type") ?? rope?.Text("type")) switch
    {
        null or "default" => new RopeScaling.Default(),
        "linear" => new RopeScaling.Linear(rope!.Number("factor") ?? 1),
        "llama3" => new RopeScaling.Llama3(
            rope!.Number("factor") ?? 8, rope.Number("low_freq_factor") ?? 1, rope.Number("high_freq_factor") ?? 4,
            rope.Number("original_max_position_embeddings") ?? config.Number("original_max_position_embeddings") ?? 8192),
        var other => throw new ModelFormatException($"{file}: the rope type '{other}' is not supported; default, linear and llama3 are"),
    };

    private static ImmutableArray<int>? Ids(JsonElement? root)
    {
        if (root is not { ValueKind: JsonValueKind.Object } config || !config.TryGetProperty("eos_token_id", out var ids)) return null;
        return ids.ValueKind switch
        {
            JsonValueKind.Number => [ids.GetInt32()],
            JsonValueKind.Array => [.. ids.EnumerateArray().Select(i => i.GetInt32())],
            _ => null,
        };
    }

    private static JsonDocument? Parse(string file, bool required)
    {
        if (!File.Exists(file)) return required ? throw new ModelFormatException($"{file}: no such file; name a Hugging Face model folder") : null;
        if (new FileInfo(file).Length > MaxBytes) throw new ModelFormatException($"{file}: larger than {MaxBytes >> 20} MiB, which no config is");
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new JsonException("not an object");
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"{file}: not JSON: {e.Message}", e);
        }
    }
}
