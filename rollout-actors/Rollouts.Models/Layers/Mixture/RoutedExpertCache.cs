using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Which experts each token went to, kept slot by slot beside its KV: so a prompt whose KV is shared, or a sequence that was preempted, has them too.
/// </summary>
internal sealed unsafe class RoutedExpertCache(RoutedExpertShape shape, int numSlots) : IDisposable
{
    private readonly NativeBuffer _memory = new((long)numSlots * shape.BytesOfToken);

    /// <summary>What was chosen for a slot's token in a layer.</summary>
    /// <param name="index">Of the layer, among those with experts.</param>
    public void Record(int slot, int index, ReadOnlySpan<int> experts)
    {
        var to = (byte*)_memory.Address + (long)slot * shape.BytesOfToken + index * experts.Length * shape.BytesOfExpert;
        for (var k = 0; k < experts.Length; k++)
        {
            if (shape.BytesOfExpert == 1) to[k] = (byte)experts[k];
            else ((ushort*)to)[k] = (ushort)experts[k];
        }
    }

    /// <summary>[layers with experts, chosen] of a slot.</summary>
    public ReadOnlySpan<byte> Slot(int slot) => new((byte*)_memory.Address + (long)slot * shape.BytesOfToken, shape.BytesOfToken);

    public void Dispose() => _memory.Dispose();
}
