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
        var generationFile = Path.Combine(folder, "generation_config.json");
        using var generation = Parse(generationFile, required: false);
        var keys = new JsonKeys(document.RootElement, file);
        try
        {
            var eos = (generation is null ? null : new JsonKeys(generation.RootElement, generationFile).Ints("eos_token_id")) ?? keys.Ints("eos_token_id");
            return ModelLimits.Require(ModelRegistry.Find(keys).Configure(Shared(keys) with { EosTokenIds = [.. eos ?? []] }, keys), keys);
        }
        catch (InvalidOperationException e)
        {
            // An escape of half a surrogate pair is found when the text is asked for.
            throw new ModelFormatException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>What all families have; each adds its own.</summary>
    private static ModelConfig Shared(JsonKeys keys)
    {
        if (keys.Text("hidden_act") is { } activation and not "silu") throw keys.Broken($"hidden_act '{activation}' is not supported; silu is");
        var heads = keys.Int("num_attention_heads", 1, 1 << 16);
        var hidden = keys.Int("hidden_size", 1, 1 << 20);
        var kvHeads = keys.OptionalInt("num_key_value_heads") ?? heads;
        if (heads % kvHeads != 0) throw keys.Broken($"num_attention_heads {heads} is no multiple of num_key_value_heads {kvHeads}");
        var (theta, scaling) = RopeReader.Read(keys);
        return new ModelConfig
        {
            ModelType = ModelRegistry.TypeOf(keys),
            HiddenSize = hidden,
            NumLayers = keys.Int("num_hidden_layers", 1, 1 << 14),
            NumHeads = heads,
            NumKvHeads = kvHeads,
            HeadSize = keys.IntOr("head_dim", 1, 1 << 16, Math.Max(1, hidden / heads)),
            IntermediateSize = keys.Int("intermediate_size", 1, 1 << 24),
            VocabularySize = keys.Int("vocab_size", 1, 1 << 24),
            MaxLength = keys.IntOr("max_position_embeddings", 1, 1 << 22, 2048),
            NormEpsilon = (float)(keys.Number("rms_norm_eps") ?? 1e-6),
            RopeTheta = theta,
            RopeScaling = scaling,
            TiedEmbeddings = keys.Flag("tie_word_embeddings"),
            QkvBias = keys.Flag("attention_bias"),
            OutputBias = keys.Flag("attention_bias"),
            MlpBias = keys.Flag("mlp_bias"),
            Quantization = Quantization(keys),
            Type = (keys.Text("dtype") ?? keys.Text("torch_dtype")) switch { "float32" => TensorType.F32, "float16" => TensorType.F16, _ => TensorType.BF16 },
            EosTokenIds = [],
        };
    }

    private static BlockQuantization? Quantization(JsonKeys keys)
    {
        if (keys.Section("quantization_config") is not { } section) return null;
        var (method, format) = (section.Text("quant_method"), section.Text("fmt") ?? "e4m3");
        if (method != "fp8" || format != "e4m3") throw keys.Broken($"the quantisation '{method}' ({format}) is not supported; fp8 e4m3 in blocks is. Convert the checkpoint to bfloat16");
        return section.Ints("weight_block_size") is [> 0 and var rows, > 0 and var columns]
            ? new BlockQuantization(rows, columns)
            : throw keys.Broken("fp8 weights need 'weight_block_size' with two numbers above 0; a scale for a whole tensor is not supported");
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
