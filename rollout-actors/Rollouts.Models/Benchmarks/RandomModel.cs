using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Writes a Llama of a given shape with random weights, for benchmarks.</summary>
public static class RandomModel
{
    /// <summary>A 135M-parameter Llama (SmolLM-135M's shape): 30 layers, hidden 576, 9 heads, 3 KV heads, intermediate 1536, vocabulary 49152.</summary>
    public static JsonObject Llama135M() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_size"] = 576, ["intermediate_size"] = 1536, ["num_hidden_layers"] = 30,
        ["num_attention_heads"] = 9, ["num_key_value_heads"] = 3, ["head_dim"] = 64, ["vocab_size"] = 49152, ["max_position_embeddings"] = 2048, ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0, ["tie_word_embeddings"] = true, ["hidden_act"] = "silu", ["eos_token_id"] = 0, ["torch_dtype"] = "bfloat16",
    };

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
            yield return (prefix + "mlp.gate_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (prefix + "mlp.up_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (prefix + "mlp.down_proj.weight", [c.HiddenSize, c.IntermediateSize]);
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
