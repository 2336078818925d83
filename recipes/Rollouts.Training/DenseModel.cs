using Rollouts.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rollouts.Training;

// Shapes: B sequences, L tokens, D model width, N query heads, K KV heads, H head size, V vocabulary.

/// <summary>
/// The dense families as a plain differentiable forward in float32, with nothing fused and nothing cached: what trainers train, and what the engine's numbers are checked against.
/// Parameters have their Hugging Face names.
/// </summary>
public sealed class DenseModel : IDisposable
{
    private readonly Dictionary<string, Parameter> _parameters;
    private readonly Tensor _cosines;
    private readonly Tensor _sines;

    private DenseModel(ModelConfig config, Dictionary<string, Parameter> parameters)
    {
        Config = config;
        _parameters = parameters;
        (_cosines, _sines) = Rotary(config);
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>The parameters, for an optimizer.</summary>
    public IReadOnlyCollection<Parameter> Parameters => _parameters.Values;

    /// <summary>The parameters by their Hugging Face names.</summary>
    public IEnumerable<(string Name, Tensor Value)> NamedParameters => _parameters.Select(p => (p.Key, (Tensor)p.Value));

    /// <summary>A model with random weights.</summary>
    public static DenseModel Create(ModelConfig config, long seed)
    {
        LibTorch.Ensure();
        random.manual_seed(seed);
        return new DenseModel(config, Shapes(config).ToDictionary(s => s.Name, s => new Parameter(Initial(s.Name, s.Shape, config))));
    }

    /// <summary>A model with the weights of a Hugging Face folder.</summary>
    /// <exception cref="ModelFormatException">The folder is broken, or of a family that is not dense.</exception>
    public static DenseModel Load(string folder)
    {
        LibTorch.Ensure();
        var config = ModelConfigReader.Read(folder);
        if (config.Mixture is not null || config.Latent is not null) throw new ModelFormatException($"{folder}: a {config.ModelType} model is not dense");
        using var checkpoint = Checkpoint.Open(folder);
        return new DenseModel(config, Shapes(config).ToDictionary(s => s.Name, s => new Parameter(CheckpointReader.Read(checkpoint, s.Name, s.Shape))));
    }

    /// <summary>Shape [B, L] of ids to logits of shape [B, L, V].</summary>
    public Tensor Forward(Tensor ids)
    {
        var x = _parameters["model.embed_tokens.weight"].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], Config.HiddenSize);   // [B, L, D]
        for (var layer = 0; layer < Config.NumLayers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            x = x + Attention(Norm(x, prefix + "input_layernorm.weight"), prefix + "self_attn.", Config.Window(layer));
            x = x + Mlp(Norm(x, prefix + "post_attention_layernorm.weight"), prefix + "mlp.");
        }

        return nn.functional.linear(Norm(x, "model.norm.weight"), _parameters[Config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in _parameters.Values) parameter.Dispose();
        _cosines.Dispose();
        _sines.Dispose();
    }

    private Tensor Norm(Tensor x, string weight) => x * rsqrt(x.square().mean([-1], keepdim: true) + Config.NormEpsilon) * _parameters[weight];

    private Tensor Attention(Tensor x, string prefix, int window)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        Tensor Heads(string name, int heads) => Linear(x, prefix + name).view(batch, length, heads, Config.HeadSize).transpose(1, 2);
        var q = Rotate(HeadNorm(Heads("q_proj", Config.NumHeads), prefix + "q_norm.weight"), length);                                // [B, N, L, H]
        var k = Rotate(HeadNorm(Heads("k_proj", Config.NumKvHeads), prefix + "k_norm.weight"), length);                              // [B, K, L, H]
        var v = Heads("v_proj", Config.NumKvHeads);
        var group = Config.NumHeads / Config.NumKvHeads;
        (k, v) = (k.repeat_interleave(group, 1), v.repeat_interleave(group, 1));                 // [B, N, L, H]
        var attended = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask: Mask(length, window));
        return Linear(attended.transpose(1, 2).reshape(batch, length, -1), prefix + "o_proj");
    }

    private Tensor HeadNorm(Tensor heads, string weight) => Config.QkNorm ? Norm(heads, weight) : heads;

    /// <summary>Shape [L, L]: which tokens (columns) each token attends to.</summary>
    private static Tensor Mask(long length, int window)
    {
        var causal = ones(length, length, dtype: ScalarType.Bool).tril();
        return window == 0 ? causal : causal & ones(length, length, dtype: ScalarType.Bool).triu(1 - window);
    }

    private Tensor Rotate(Tensor x, long length)
    {
        var (cos, sin) = (_cosines.narrow(0, 0, length), _sines.narrow(0, 0, length));           // [L, H/2]
        var halves = x.chunk(2, -1);
        return cat([halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin], -1);
    }

    private Tensor Mlp(Tensor x, string prefix) =>
        Linear(nn.functional.silu(Linear(x, prefix + "gate_proj")) * Linear(x, prefix + "up_proj"), prefix + "down_proj");

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, _parameters[name + ".weight"], _parameters.GetValueOrDefault(name + ".bias"));

    private static Tensor Initial(string name, long[] shape, ModelConfig config) =>
        name.EndsWith("norm.weight", StringComparison.Ordinal) ? ones(shape)
        : name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape)
        : randn(shape) * (name.Contains("o_proj") || name.Contains("down_proj") ? 0.02 / Math.Sqrt(2 * config.NumLayers) : 0.02);

    private static IEnumerable<(string Name, long[] Shape)> Shapes(ModelConfig c)
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
            foreach (var extra in AttentionExtras(c)) yield return (prefix + "self_attn." + extra.Name, extra.Shape);
            yield return (prefix + "post_attention_layernorm.weight", [c.HiddenSize]);
            yield return (prefix + "mlp.gate_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (prefix + "mlp.up_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (prefix + "mlp.down_proj.weight", [c.HiddenSize, c.IntermediateSize]);
            if (!c.MlpBias) continue;
            yield return (prefix + "mlp.gate_proj.bias", [c.IntermediateSize]);
            yield return (prefix + "mlp.up_proj.bias", [c.IntermediateSize]);
            yield return (prefix + "mlp.down_proj.bias", [c.HiddenSize]);
        }

        yield return ("model.norm.weight", [c.HiddenSize]);
        if (!c.TiedEmbeddings) yield return ("lm_head.weight", [c.VocabularySize, c.HiddenSize]);
    }

    private static IEnumerable<(string Name, long[] Shape)> AttentionExtras(ModelConfig c)
    {
        if (c.QkvBias) yield return ("q_proj.bias", [c.NumHeads * c.HeadSize]);
        if (c.QkvBias) yield return ("k_proj.bias", [c.NumKvHeads * c.HeadSize]);
        if (c.QkvBias) yield return ("v_proj.bias", [c.NumKvHeads * c.HeadSize]);
        if (c.OutputBias) yield return ("o_proj.bias", [c.HiddenSize]);
        if (c.QkNorm) yield return ("q_norm.weight", [c.HeadSize]);
        if (c.QkNorm) yield return ("k_norm.weight", [c.HeadSize]);
    }

    private static (Tensor, Tensor) Rotary(ModelConfig config)
    {
        var half = config.HeadSize / 2;
        var frequencies = tensor(Enumerable.Range(0, half).Select(i => (float)RotaryFrequencies.Of(config, i)).ToArray());
        var angles = outer(arange(config.MaxLength, dtype: ScalarType.Float32), frequencies);    // [L, H/2]
        return (angles.cos() * config.RopeScaling.AttentionFactor, angles.sin() * config.RopeScaling.AttentionFactor);
    }
}
