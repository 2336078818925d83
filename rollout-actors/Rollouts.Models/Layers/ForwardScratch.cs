using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, R rows with logits, D model width, N this rank's query heads.

/// <summary>The activations of one forward pass, allocated once and used by every layer.</summary>
internal sealed class ForwardScratch : IDisposable
{
    private readonly GatedScratch[] _gated;

    public ForwardScratch(ModelConfig config, ModelOptions options, ParallelContext parallel)
    {
        var (type, tokens) = (options.Type, options.MaxTokens);
        Residual = new Activations(tokens, config.HiddenSize, ElementType.Float32);
        Normed = new Activations(tokens, config.HiddenSize, type);
        Delta = new Activations(tokens, config.HiddenSize, type);
        HeadInput = new Activations(options.MaxRows, config.HiddenSize, type);
        Latent = config.Latent is { } latent ? new LatentScratch(latent, parallel.Share(config.NumHeads).Count, type, tokens) : null;
        Query = new Activations(tokens, Latent?.QueryWidth ?? HeadLayout.Of(config, parallel).QkvWidth, type);
        Attended = new Activations(tokens, parallel.Share(config.NumHeads).Count * (config.Latent?.ValueSize ?? config.HeadSize), type);
        Mixture = config.Mixture is { } mixture ? new MixtureScratch(config, mixture, options, parallel) : null;
        _gated = [.. new[] { config.IntermediateSize, config.Mixture?.SharedSize ?? 0 }.Where(w => w > 0).Distinct().Select(w => GatedScratch.Of(tokens, parallel.Share(w).Count, type))];
    }

    /// <summary>[T, D] float: the stream that layers add to.</summary>
    public Activations Residual { get; }

    /// <summary>[T, D]</summary>
    public Activations Normed { get; }

    /// <summary>[T, (N + 2K) H] queries, keys and values; in latent attention queries alone.</summary>
    public Activations Query { get; }

    /// <summary>[T, N V]</summary>
    public Activations Attended { get; }

    /// <summary>[T, D] what the last layer adds to the stream.</summary>
    public Activations Delta { get; }

    /// <summary>[R, D]</summary>
    public Activations HeadInput { get; }

    /// <summary>What latent attention needs.</summary>
    public LatentScratch? Latent { get; }

    /// <summary>What routed experts need.</summary>
    public MixtureScratch? Mixture { get; }

    /// <summary>For a gated MLP whose part on this rank has this width.</summary>
    public GatedScratch GatedOf(int width) => _gated[0].Gated.Width == width ? _gated[0] : _gated[1];

    public void Dispose()
    {
        foreach (var activations in new[] { Residual, Normed, Query, Attended, Delta, HeadInput }) activations.Dispose();
        foreach (var gated in _gated) gated.Dispose();
        Latent?.Dispose();
        Mixture?.Dispose();
    }
}
