using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Keys and values of all layers in a kernel device's memory: plain ones, or compressed where the model has latent attention.</summary>
internal sealed class DeviceKvCache : IDisposable
{
    private readonly SleepableMemory _memory;
    private readonly DevicePagedKv _first;
    private readonly PagedLatent _firstLatents;
    private readonly long _layerBytes;

    /// <param name="numBlocks">Blocks of 16 tokens of each layer.</param>
    public DeviceKvCache(KernelDevice device, ModelConfig config, HeadLayout heads, ElementType type, int numBlocks)
    {
        _first = Of(heads, type);
        if (config.Latent is { } shape) _firstLatents = Of(shape, type);
        _layerBytes = BlockBytes(config, heads, type) / config.NumLayers * numBlocks;
        _memory = device.AllocateSleepable(_layerBytes * config.NumLayers);
        // Kernels read whole blocks: what no token was stored in must be finite.
        device.Fill(_memory.Address, 0, _memory.Bytes);
    }

    /// <summary>Bytes that one block takes over all layers.</summary>
    public static long BlockBytes(ModelConfig config, HeadLayout heads, ElementType type) =>
        (config.Latent is { } shape ? Of(shape, type).BlockBytes : 2 * Of(heads, type).BlockBytes) * config.NumLayers;

    /// <summary>One layer's.</summary>
    public DevicePagedKv Layer(int layer) => _first with
    {
        Keys = _memory.Address + (nint)(layer * _layerBytes),
        Values = _memory.Address + (nint)(layer * _layerBytes + _layerBytes / 2),
    };

    /// <summary>One layer's, in latent attention.</summary>
    public PagedLatent Latents(int layer) => _firstLatents with { Rows = _memory.Address + (nint)(layer * _layerBytes) };

    /// <summary>Gives the memory back; what was in it is lost.</summary>
    public void Sleep() => _memory.Sleep(keepsContents: false);

    /// <summary>Takes it again, at the same addresses.</summary>
    public void Wake() => _memory.Wake();

    public void Dispose() => _memory.Dispose();

    private static PagedLatent Of(LatentShape shape, ElementType type) => new(0, type, shape.LatentSize, shape.RotarySize, DevicePagedKv.BlockSize);

    private static DevicePagedKv Of(HeadLayout heads, ElementType type) => new(0, 0, type, heads.NumKv, heads.Size);
}
