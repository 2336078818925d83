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
    private readonly IWorkerTeam _team;

    public LlamaModel(Checkpoint from, ModelConfig config, ModelOptions options, IWorkerTeam team)
    {
        (Config, Type, _team) = (config, options.Type, team);
        var heads = HeadLayout.Of(config, options.Parallel);
        NumKvHeads = heads.NumKv;
        _head = LanguageHead.Load(from, config, options.Type);
        _rotary = new RotaryTable(config, options.MaxLength);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(layer => Block.Load(from, $"model.layers.{layer}.", config, options, _rotary))];
        _finalNorm = NormLayer.Load(from, "model.norm.weight", config.HiddenSize, config.NormEpsilon);
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
        _finalNorm.Dispose();
        _rotary.Dispose();
        _scratch.Dispose();
    }

    /// <summary>One block; what its MLP adds to the stream is added by the next norm.</summary>
    private sealed record Block(NormLayer AttentionNorm, GroupedQueryAttention Attention, NormLayer MlpNorm, GatedMlp Mlp) : IDisposable
    {
        public static Block Load(Checkpoint from, string prefix, ModelConfig config, ModelOptions options, RotaryTable rotary) => new(
            NormLayer.Load(from, prefix + "input_layernorm.weight", config.HiddenSize, config.NormEpsilon),
            GroupedQueryAttention.Load(from, prefix + "self_attn.", config, options.Type, options.Parallel, rotary),
            NormLayer.Load(from, prefix + "post_attention_layernorm.weight", config.HiddenSize, config.NormEpsilon),
            GatedMlp.Load(from, prefix + "mlp.", config, options.Type, options.Parallel));

        public void Forward(ForwardScratch scratch, StepPlan plan, in PagedKv kv, bool hasDelta, IWorkerTeam team)
        {
            AttentionNorm.Forward(scratch.Residual, hasDelta ? scratch.Delta : null, scratch.Normed, plan.NumTokens, team);
            Attention.Forward(scratch, plan, kv, team);
            MlpNorm.Forward(scratch.Residual, scratch.Delta, scratch.Normed, plan.NumTokens, team);
            Mlp.Forward(scratch, plan, team);
        }

        public void Dispose()
        {
            AttentionNorm.Dispose();
            Attention.Dispose();
            MlpNorm.Dispose();
            Mlp.Dispose();
        }
    }
}
