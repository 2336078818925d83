using System.Runtime.InteropServices;
using System.Text.Json;

namespace Rollouts.TestSupport;

/// <summary>Golden tensors, read by the plainest means: no code of the project's own is trusted with them.</summary>
public sealed class GoldenTensors
{
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (int Begin, int End)> _ranges;

    /// <summary>Reads a safetensors file of small tensors.</summary>
    public GoldenTensors(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var header = (int)BitConverter.ToInt64(_bytes);
        using var json = JsonDocument.Parse(_bytes.AsMemory(8, header));
        _ranges = json.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__").ToDictionary(p => p.Name, p =>
        {
            var offsets = p.Value.GetProperty("data_offsets");
            return (8 + header + offsets[0].GetInt32(), 8 + header + offsets[1].GetInt32());
        });
    }

    /// <summary>A tensor of float32.</summary>
    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();

    /// <summary>A tensor of int32.</summary>
    public int[] Ints(string name) => MemoryMarshal.Cast<byte, int>(Bytes(name)).ToArray();

    /// <summary>Lengths of the prompts that a model's expectations are for.</summary>
    public int[] Lengths() => [.. _ranges.Keys.Where(k => k.StartsWith("input_ids.", StringComparison.Ordinal)).Select(k => int.Parse(k["input_ids.".Length..], System.Globalization.CultureInfo.InvariantCulture)).Order()];

    private ReadOnlySpan<byte> Bytes(string name) => _bytes.AsSpan(_ranges[name].Begin.._ranges[name].End);
}
