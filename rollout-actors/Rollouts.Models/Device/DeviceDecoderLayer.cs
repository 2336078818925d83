using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, D model width, I the MLP's width.

/// <summary>One dense layer on a kernel device: norm, attention, norm, gated MLP. What the last adds to the stream is added by the next layer's norm.</summary>
internal sealed class DeviceDecoderLayer : IDisposable
{
    private readonly DeviceNorm _attentionNorm;
    private readonly DeviceAttention _attention;
    private readonly DeviceNorm _feedForwardNorm;
    private readonly DeviceGatedMlp _feedForward;

    public DeviceDecoderLayer(KernelDevice device, DeviceTorch torch, ModelSource source, int layer)
    {
        var (config, prefix) = (source.Config, $"model.layers.{layer}.");
        _attentionNorm = DeviceNorm.Load(device, source, prefix + "input_layernorm.weight");
        _attention = new DeviceAttention(device, torch, config, AttentionWeights.Load(source, prefix + "self_attn."), layer);
        _feedForwardNorm = DeviceNorm.Load(device, source, prefix + "post_attention_layernorm.weight");
        _feedForward = new DeviceGatedMlp(device, torch, GatedWeights.Load(source, prefix + "mlp.", config.IntermediateSize, config.MlpBias));
    }

    /// <param name="isFirst">Whether nothing is to be added to the stream yet.</param>
    public void Forward(DeviceScratch scratch, in DeviceStep step, in DevicePagedKv kv, DeviceRotary rotary, bool isFirst)
    {
        _attentionNorm.Forward(scratch.Residual, isFirst ? null : scratch.Delta, scratch.Normed, step.NumTokens);
        _attention.Forward(scratch, step, kv, rotary);
        _feedForwardNorm.Forward(scratch.Residual, scratch.Delta, scratch.Normed, step.NumTokens);
        _feedForward.Forward(scratch, step.NumTokens);
    }

    /// <summary>Bytes of its matrices.</summary>
    public long ProductBytes => _attention.ProductBytes + _feedForward.ProductBytes;

    /// <summary>Its products alone, for measuring.</summary>
    public void Products(DeviceScratch scratch, int tokens)
    {
        _attention.Products(scratch, tokens);
        _feedForward.Products(scratch, tokens);
    }

    public void Dispose()
    {
        _attention.Dispose();
        _feedForward.Dispose();
    }
}
