using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>One layer: norm, attention, norm, feed-forward. What the last adds to the stream is added by the next layer's norm.</summary>
internal sealed record DecoderLayer(NormLayer AttentionNorm, IAttention Attention, NormLayer FeedForwardNorm, IFeedForward FeedForward) : IDisposable
{
    /// <summary>A layer with a gated MLP.</summary>
    public static DecoderLayer LoadDense(ModelSource source, int layer) =>
        Load(source, layer, prefix => GatedMlp.Load(source, prefix + "mlp.", source.Config.IntermediateSize, source.Config.MlpBias));

    /// <summary>A layer with routed experts.</summary>
    public static DecoderLayer LoadMixture(ModelSource source, int layer, ExpertNames names) =>
        Load(source, layer, prefix => MixtureOfExperts.Load(source, prefix, names, source.Config.Mixture!, layer));

    public void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, int layer, IWorkerTeam team)
    {
        AttentionNorm.Forward(scratch.Residual, layer > 0 ? scratch.Delta : null, scratch.Normed, plan.NumTokens, team);
        Attention.Forward(scratch, plan, kv, layer, team);
        FeedForwardNorm.Forward(scratch.Residual, scratch.Delta, scratch.Normed, plan.NumTokens, team);
        FeedForward.Forward(scratch, plan, kv, team);
    }

    public void Dispose()
    {
        Attention.Dispose();
        FeedForward.Dispose();
    }

    private static DecoderLayer Load(ModelSource source, int layer, Func<string, IFeedForward> feedForward)
    {
        var prefix = $"model.layers.{layer}.";
        return new DecoderLayer(
            NormLayer.Load(source, prefix + "input_layernorm.weight", source.Config.HiddenSize),
            source.Config.Latent is null ? GroupedQueryAttention.Load(source, prefix + "self_attn.", layer) : LatentAttention.Load(source, prefix + "self_attn."),
            NormLayer.Load(source, prefix + "post_attention_layernorm.weight", source.Config.HiddenSize),
            feedForward(prefix));
    }
}

/// <summary>Attention of a layer: scratch.Normed [T, D] to scratch.Delta [T, D].</summary>
internal interface IAttention : IDisposable
{
    void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, int layer, IWorkerTeam team);
}

/// <summary>Feed-forward of a layer: scratch.Normed [T, D] to scratch.Delta [T, D].</summary>
internal interface IFeedForward : IDisposable
{
    void Forward(ForwardScratch scratch, StepPlan plan, KvCache kv, IWorkerTeam team);
}
