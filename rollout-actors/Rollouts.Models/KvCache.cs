using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>The keys and values of all layers, in blocks.</summary>
public sealed class KvCache : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly PagedKv[] _layers;

    /// <param name="config">The model.</param>
    /// <param name="numKvHeads">This rank's KV heads.</param>
    /// <param name="type">What they are held in.</param>
    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="numBlocks">Blocks of each layer.</param>
    public KvCache(ModelConfig config, int numKvHeads, ElementType type, int blockSize, int numBlocks)
    {
        NumBlocks = numBlocks;
        BlockSize = blockSize;
        var layer = new PagedKv(0, 0, type, numKvHeads, config.HeadSize, blockSize);
        var region = layer.BlockBytes * numBlocks;
        _memory = new NativeBuffer(2 * region * config.NumLayers);
        _layers = [.. Enumerable.Range(0, config.NumLayers).Select(l => layer with
        {
            Keys = _memory.Address + (nint)(2 * l * region),
            Values = _memory.Address + (nint)((2 * l + 1) * region),
        })];
    }

    /// <summary>Blocks of each layer.</summary>
    public int NumBlocks { get; }

    /// <summary>Tokens of a block.</summary>
    public int BlockSize { get; }

    /// <summary>Bytes that one block takes over all layers.</summary>
    public static long BlockBytes(ModelConfig config, int numKvHeads, ElementType type, int blockSize) =>
        2 * new PagedKv(0, 0, type, numKvHeads, config.HeadSize, blockSize).BlockBytes * config.NumLayers;

    /// <summary>One layer's.</summary>
    public PagedKv Layer(int layer) => _layers[layer];

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
