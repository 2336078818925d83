using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Writes a Llama or a Qwen3-MoE of a given shape with random weights, for benchmarks.</summary>
public static class RandomModel
{
    /// <summary>A 135M-parameter Llama (SmolLM-135M's shape): 30 layers, hidden 576, 9 heads, 3 KV heads, intermediate 1536, vocabulary 49152.</summary>
    public static JsonObject Llama135M() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_size"] = 576, ["intermediate_size"] = 1536, ["num_hidden_layers"] = 30,
        ["num_attention_heads"] = 9, ["num_key_value_heads"] = 3, ["head_dim"] = 64, ["vocab_size"] = 49152, ["max_position_embeddings"] = 2048, ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0, ["tie_word_embeddings"] = true, ["hidden_act"] = "silu", ["eos_token_id"] = 0, ["torch_dtype"] = "bfloat16",
    };

    /// <summary>A Llama of 1.1 billion parameters (TinyLlama's shape): 22 layers, hidden 2048, 32 heads, 4 KV heads, intermediate 5632, vocabulary 32000.</summary>
    public static JsonObject Llama1B() => With(Llama135M(), ("hidden_size", 2048), ("intermediate_size", 5632), ("num_hidden_layers", 22), ("num_attention_heads", 32), ("num_key_value_heads", 4), ("vocab_size", 32000));

    /// <summary>Llama-3.1-8B's shape.</summary>
    public static JsonObject Llama8B() => With(
        Llama135M(), ("hidden_size", 4096), ("intermediate_size", 14336), ("num_hidden_layers", 32), ("num_attention_heads", 32), ("num_key_value_heads", 8), ("head_dim", 128),
        ("vocab_size", 128256), ("max_position_embeddings", 131072), ("rope_theta", 500000.0), ("tie_word_embeddings", false));

    /// <summary>Qwen3-0.6B's shape.</summary>
    public static JsonObject Qwen3Small() => With(
        Llama135M(), ("model_type", "qwen3"), ("hidden_size", 1024), ("intermediate_size", 3072), ("num_hidden_layers", 28), ("num_attention_heads", 16), ("num_key_value_heads", 8),
        ("head_dim", 128), ("vocab_size", 151936), ("max_position_embeddings", 40960), ("rope_theta", 1000000.0), ("rms_norm_eps", 1e-6), ("tie_word_embeddings", true));

    /// <summary>Qwen3-8B's shape.</summary>
    public static JsonObject Qwen3Large() => With(
        Qwen3Small(), ("hidden_size", 4096), ("intermediate_size", 12288), ("num_hidden_layers", 36), ("num_attention_heads", 32), ("tie_word_embeddings", false));

    /// <summary>DeepSeek-V2-Lite's shape.</summary>
    public static JsonObject DeepSeekV2Lite() => With(
        Llama135M(), ("model_type", "deepseek_v2"), ("hidden_size", 2048), ("intermediate_size", 10944), ("num_hidden_layers", 27), ("num_attention_heads", 16), ("num_key_value_heads", 16),
        ("vocab_size", 102400), ("max_position_embeddings", 4096), ("tie_word_embeddings", false), ("kv_lora_rank", 512), ("qk_nope_head_dim", 128), ("qk_rope_head_dim", 64), ("v_head_dim", 128),
        ("n_routed_experts", 64), ("num_experts_per_tok", 6), ("n_shared_experts", 2), ("moe_intermediate_size", 1408), ("first_k_dense_replace", 1), ("norm_topk_prob", false));

    /// <summary>A shape by the name that the benchmarks give it; null where there is none.</summary>
    public static JsonObject? Named(string shape) => shape switch
    {
        "llama-8b" => Llama8B(),
        "qwen3-0.6b" => Qwen3Small(),
        "qwen3-8b" => Qwen3Large(),
        "deepseek-v2-lite" => DeepSeekV2Lite(),
        _ => null,
    };

    /// <summary>The 135M shape with 8 heads and 4 KV heads, which two ranks can share.</summary>
    public static JsonObject Llama135MEvenHeads() => With(Llama135M(), ("num_attention_heads", 8), ("num_key_value_heads", 4));

    /// <summary>A Qwen3-MoE of 8 layers: hidden 1024, 32 experts of width 768, 4 of them active.</summary>
    public static JsonObject MixtureOf32() => With(
        Llama135M(), ("hidden_size", 1024), ("intermediate_size", 3072), ("num_hidden_layers", 8), ("num_attention_heads", 16), ("num_key_value_heads", 4), ("vocab_size", 32000),
        ("num_experts", 32), ("num_experts_per_tok", 4), ("moe_intermediate_size", 768), ("model_type", "qwen3_moe"), ("norm_topk_prob", true));

    /// <summary>Writes config.json and model.safetensors in bfloat16.</summary>
    public static void Write(string folder, JsonObject config)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var shapes = Shapes(ModelConfigReader.Read(folder)).ToArray();
        var (header, at) = (new JsonObject(), 0L);
        foreach (var (name, shape) in shapes)
        {
            var bytes = shape.Aggregate(2L, (a, b) => a * b);
            header[name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = new JsonArray([.. shape.Select(s => JsonValue.Create(s))]), ["data_offsets"] = new JsonArray(at, at += bytes) };
        }

        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(1);
        foreach (var (name, shape) in shapes) WriteTensor(file, name, shape.Aggregate(1, (a, b) => a * b), random);
    }

    private static JsonObject With(JsonObject config, params (string Key, JsonNode Value)[] changes)
    {
        foreach (var (key, value) in changes) config[key] = value;
        return config;
    }

    private static IEnumerable<(string, int[])> Shapes(ModelConfig c)
    {
        yield return ("model.embed_tokens.weight", [c.VocabularySize, c.HiddenSize]);
        for (var layer = 0; layer < c.NumLayers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [c.HiddenSize]);
            yield return (prefix + "self_attn.q_proj.weight", [c.NumHeads * c.HeadSize, c.HiddenSize]);
            yield return (prefix + "self_attn.k_proj.weight", [c.NumKvHeads * c.HeadSize, c.HiddenSize]);
            yield return (prefix + "self_attn.v_proj.weight", [c.NumKvHeads * c.HeadSize, c.HiddenSize]);
            yield return (prefix + "self_attn.o_proj.weight", [c.HiddenSize, c.NumHeads * c.HeadSize]);
            yield return (prefix + "post_attention_layernorm.weight", [c.HiddenSize]);
            if (c.QkNorm) yield return (prefix + "self_attn.q_norm.weight", [c.HeadSize]);
            if (c.QkNorm) yield return (prefix + "self_attn.k_norm.weight", [c.HeadSize]);
            if (c.Mixture is { } mixture) yield return (prefix + "mlp.gate.weight", [mixture.Router.NumExperts, c.HiddenSize]);
            foreach (var expert in Enumerable.Range(0, c.Mixture?.Router.NumExperts ?? 1))
            {
                var (mlp, width) = c.Mixture is { } of ? ($"{prefix}mlp.experts.{expert}.", of.IntermediateSize) : (prefix + "mlp.", c.IntermediateSize);
                yield return (mlp + "gate_proj.weight", [width, c.HiddenSize]);
                yield return (mlp + "up_proj.weight", [width, c.HiddenSize]);
                yield return (mlp + "down_proj.weight", [c.HiddenSize, width]);
            }
        }

        yield return ("model.norm.weight", [c.HiddenSize]);
    }

    private static unsafe void WriteTensor(Stream to, string name, int count, Random random)
    {
        var (values, stored) = (new float[count], new byte[2 * count]);
        var isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        for (var i = 0; i < count; i++) values[i] = isNorm ? 1 : (random.NextSingle() - 0.5f) * 0.08f;
        fixed (float* from = values)
        fixed (byte* target = stored) ElementTypes.Convert((nint)from, ElementType.Float32, (nint)target, ElementType.BFloat16, count);
        to.Write(stored);
    }
}
