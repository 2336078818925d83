using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>One rank's keys and values of all layers, in blocks: plain ones, or compressed where the model has latent attention.</summary>
internal sealed class KvCache : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly PagedKv[] _layers = [];
    private readonly PagedLatent[] _latents = [];

    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="numBlocks">Blocks of each layer.</param>
    /// <param name="keepsRoutedExperts">Whether each token's experts are kept too.</param>
    public KvCache(ModelConfig config, ParallelContext parallel, ElementType type, int blockSize, int numBlocks, bool keepsRoutedExperts)
    {
        RoutedExperts = keepsRoutedExperts && config.Mixture is { } mixture ? new RoutedExpertCache(mixture.Routed, blockSize * numBlocks) : null;
        _memory = new NativeBuffer(BlockBytes(config, parallel, type, blockSize) * numBlocks);
        var at = _memory.Address;
        if (config.Latent is { } shape) _latents = [.. Enumerable.Range(0, config.NumLayers).Select(_ => LatentsOf(shape, type, blockSize) with { Rows = Take(LatentsOf(shape, type, blockSize).BlockBytes) })];
        else _layers = [.. Enumerable.Range(0, config.NumLayers).Select(_ => Reserve(KvOf(config, parallel, type, blockSize)))];

        nint Take(long blockBytes)
        {
            var region = at;
            at += (nint)(blockBytes * numBlocks);
            return region;
        }

        PagedKv Reserve(PagedKv layer) => layer with { Keys = Take(layer.KeyBlockBytes), Values = Take(layer.ValueBlockBytes) };
    }

    /// <summary>Bytes that one block takes over all layers.</summary>
    public static long BlockBytes(ModelConfig config, ParallelContext parallel, ElementType type, int blockSize)
    {
        if (config.Latent is { } latent) return LatentsOf(latent, type, blockSize).BlockBytes * config.NumLayers;
        var layer = KvOf(config, parallel, type, blockSize);
        return (layer.KeyBlockBytes + layer.ValueBlockBytes) * config.NumLayers;
    }

    /// <summary>One layer's.</summary>
    public PagedKv Layer(int layer) => _layers[layer];

    /// <summary>One layer's, in latent attention.</summary>
    public PagedLatent Latents(int layer) => _latents[layer];

    /// <summary>Which experts each token went to, where that is kept.</summary>
    public RoutedExpertCache? RoutedExperts { get; }

    public void Dispose()
    {
        _memory.Dispose();
        RoutedExperts?.Dispose();
    }

    private static PagedKv KvOf(ModelConfig config, ParallelContext parallel, ElementType type, int blockSize) =>
        new(0, 0, type, HeadLayout.Of(config, parallel).NumKv, config.HeadSize, config.HeadSize, blockSize);

    private static PagedLatent LatentsOf(LatentShape shape, ElementType type, int blockSize) => new(0, type, shape.LatentSize, shape.RotarySize, blockSize);
}
