using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Keys and values of all layers in a kernel device's memory.</summary>
internal sealed class DeviceKvCache : IDisposable
{
    private readonly DeviceMemory _memory;
    private readonly DevicePagedKv _first;
    private readonly long _layerBytes;

    /// <param name="numBlocks">Blocks of 16 tokens of each layer.</param>
    public DeviceKvCache(KernelDevice device, ModelConfig config, HeadLayout heads, ElementType type, int numBlocks)
    {
        _first = Of(heads, type);
        _layerBytes = _first.BlockBytes * numBlocks;
        _memory = device.Allocate(2 * _layerBytes * config.NumLayers);
        // Kernels read whole blocks: what no token was stored in must be finite.
        device.Fill(_memory.Address, 0, _memory.Bytes);
    }

    /// <summary>Bytes that one block takes over all layers.</summary>
    public static long BlockBytes(ModelConfig config, HeadLayout heads, ElementType type) => 2 * Of(heads, type).BlockBytes * config.NumLayers;

    /// <summary>One layer's.</summary>
    public DevicePagedKv Layer(int layer) => _first with
    {
        Keys = _memory.Address + (nint)(2 * layer * _layerBytes),
        Values = _memory.Address + (nint)((2 * layer + 1) * _layerBytes),
    };

    public void Dispose() => _memory.Dispose();

    private static DevicePagedKv Of(HeadLayout heads, ElementType type) => new(0, 0, type, heads.NumKv, heads.Size);
}
