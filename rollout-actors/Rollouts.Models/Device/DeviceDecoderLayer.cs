using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>One layer on a kernel device: norm, attention, norm, feed-forward. What the last adds to the stream is added by the next layer's norm.</summary>
internal sealed class DeviceDecoderLayer : IDisposable
{
    private readonly DeviceNorm _attentionNorm;
    private readonly IDeviceAttention _attention;
    private readonly DeviceNorm _feedForwardNorm;
    private readonly IDeviceFeedForward _feedForward;

    public DeviceDecoderLayer(KernelDevice device, DeviceTorch torch, ModelSource source, int layer)
    {
        var (config, prefix) = (source.Config, $"model.layers.{layer}.");
        _attentionNorm = DeviceNorm.Load(device, source, prefix + "input_layernorm.weight");
        _attention = config.Latent is null
            ? new DeviceAttention(device, torch, config, AttentionWeights.Load(source, prefix + "self_attn."), layer)
            : new DeviceLatentAttention(device, torch, source, prefix + "self_attn.");
        _feedForwardNorm = DeviceNorm.Load(device, source, prefix + "post_attention_layernorm.weight");
        _feedForward = config.Mixture?.IsIn(layer) == true
            ? new DeviceMixture(device, torch, source, prefix, ModelRegistry.Family(config).Experts!)
            : new DeviceGatedMlp(device, torch, GatedWeights.Load(source, prefix + "mlp.", config.IntermediateSize, config.MlpBias));
    }

    public void Forward(DeviceScratch scratch, in DeviceStep step, DeviceKvCache kv, int layer, DeviceRotary rotary)
    {
        _attentionNorm.Forward(scratch.Residual, layer == 0 && !scratch.IsShared ? null : scratch.Delta, scratch.Normed, step.NumTokens);
        _attention.Forward(scratch, step, kv, layer, rotary);
        scratch.Sum(step.NumTokens);
        _feedForwardNorm.Forward(scratch.Residual, scratch.Delta, scratch.Normed, step.NumTokens);
        _feedForward.Forward(scratch, step.NumTokens);
        scratch.Sum(step.NumTokens);
    }

    /// <summary>Bytes of the matrices that so many tokens are multiplied by.</summary>
    public long ProductBytes(int tokens) => _attention.ProductBytes + _feedForward.ProductBytes(tokens);

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
