using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Llama: RMSNorm, grouped-query attention with rotary positions, gated MLP.</summary>
/// <remarks>Touvron et al. 2023, <see href="https://arxiv.org/abs/2302.13971"/>; transformers: models/llama/modeling_llama.py.</remarks>
internal sealed class LlamaModel : ILanguageModel
{
    private readonly LanguageHead _head;
    private readonly Block[] _blocks;
    private readonly NormLayer _finalNorm;
    private readonly RotaryTable _rotary;
    private readonly ForwardScratch _scratch;
    private readonly WeightArena _arena = new();
    private readonly MatrixProducts _products;
    private readonly IWorkerTeam _team;

    public LlamaModel(Checkpoint from, ModelConfig config, ModelOptions options, IWorkerTeam team)
    {
        (Config, Type, _team) = (config, options.Type, team);
        var heads = HeadLayout.Of(config, options.Parallel);
        NumKvHeads = heads.NumKv;
        _products = new MatrixProducts(MatrixProductOptions.For(options.Type, options.BatchInvariant), team);
        var source = new ModelSource(from, config, options.Type, options.Parallel, _arena, _products);
        _head = LanguageHead.Load(source);
        _rotary = new RotaryTable(config, options.MaxLength);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(layer => Block.Load(source, $"model.layers.{layer}.", _rotary))];
        _finalNorm = NormLayer.Load(source, "model.norm.weight", config.HiddenSize);
        _scratch = new ForwardScratch(config, heads, options.Parallel.Share(config.IntermediateSize).Count, options.Type, options.MaxTokens, options.MaxRows);
    }

    public ModelConfig Config { get; }

    public ElementType Type { get; }

    public int NumKvHeads { get; }

    public void Forward(StepPlan plan, KvCache kv, Activations logits)
    {
        _head.Embed(plan, _scratch.Residual, _team);
        for (var layer = 0; layer < _blocks.Length; layer++) _blocks[layer].Forward(_scratch, plan, kv.Layer(layer), layer > 0, _team);
        if (plan.NumLogitRows == 0) return;
        _finalNorm.ForwardRows(_scratch.Residual, _scratch.Delta, _scratch.HeadInput, plan.LogitRows, plan.NumLogitRows, _team);
        _head.Logits(_scratch.HeadInput, logits, plan.NumLogitRows);
    }

    public void Dispose()
    {
        _head.Dispose();
        foreach (var block in _blocks) block.Dispose();
        _rotary.Dispose();
        _scratch.Dispose();
        _products.Dispose();
        _arena.Dispose();
    }

    /// <summary>One block; what its MLP adds to the stream is added by the next norm.</summary>
    private sealed record Block(NormLayer AttentionNorm, GroupedQueryAttention Attention, NormLayer MlpNorm, GatedMlp Mlp) : IDisposable
    {
        public static Block Load(ModelSource source, string prefix, RotaryTable rotary) => new(
            NormLayer.Load(source, prefix + "input_layernorm.weight", source.Config.HiddenSize),
            GroupedQueryAttention.Load(source, prefix + "self_attn.", rotary),
            NormLayer.Load(source, prefix + "post_attention_layernorm.weight", source.Config.HiddenSize),
            GatedMlp.Load(source, prefix + "mlp."));

        public void Forward(ForwardScratch scratch, StepPlan plan, in PagedKv kv, bool hasDelta, IWorkerTeam team)
        {
            AttentionNorm.Forward(scratch.Residual, hasDelta ? scratch.Delta : null, scratch.Normed, plan.NumTokens, team);
            Attention.Forward(scratch, plan, kv, team);
            MlpNorm.Forward(scratch.Residual, scratch.Delta, scratch.Normed, plan.NumTokens, team);
            Mlp.Forward(scratch, plan, team);
        }

        public void Dispose()
        {
            Attention.Dispose();
            Mlp.Dispose();
        }
    }
}
