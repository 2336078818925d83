using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The activations of one forward pass, allocated once and used by every layer.</summary>
internal sealed class ForwardScratch : IDisposable
{
    public ForwardScratch(ModelConfig config, HeadLayout heads, int intermediate, ElementType type, int maxTokens, int maxRows)
    {
        Residual = new Activations(maxTokens, config.HiddenSize, ElementType.Float32);
        Normed = new Activations(maxTokens, config.HiddenSize, type);
        Qkv = new Activations(maxTokens, heads.QkvWidth, type);
        Attended = new Activations(maxTokens, heads.NumQuery * heads.Size, type);
        Delta = new Activations(maxTokens, config.HiddenSize, type);
        GateUp = new Activations(maxTokens, 2 * intermediate, type);
        Gated = new Activations(maxTokens, intermediate, type);
        HeadInput = new Activations(maxRows, config.HiddenSize, type);
    }

    /// <summary>[T, D] float: the stream that layers add to.</summary>
    public Activations Residual { get; }

    /// <summary>[T, D]</summary>
    public Activations Normed { get; }

    /// <summary>[T, (N + 2K) H]</summary>
    public Activations Qkv { get; }

    /// <summary>[T, N H]</summary>
    public Activations Attended { get; }

    /// <summary>[T, D] what the last layer adds to the stream.</summary>
    public Activations Delta { get; }

    /// <summary>[T, 2I]</summary>
    public Activations GateUp { get; }

    /// <summary>[T, I]</summary>
    public Activations Gated { get; }

    /// <summary>[R, D]</summary>
    public Activations HeadInput { get; }

    public void Dispose()
    {
        foreach (var activations in new[] { Residual, Normed, Qkv, Attended, Delta, GateUp, Gated, HeadInput }) activations.Dispose();
    }
}
