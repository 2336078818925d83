using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>
/// Which experts each token went to, kept slot by slot beside its KV: so a prompt whose KV is shared, or a sequence that was preempted, has them too.
/// [slot, layer with experts, chosen] of a byte each, of two where there are over 256 experts.
/// </summary>
internal sealed unsafe class RoutedExpertCache(MixtureShape shape, int numSlots) : IDisposable
{
    private readonly NativeBuffer _memory = new((long)numSlots * BytesOfToken(shape));

    /// <summary>Bytes of one expert's number.</summary>
    public static int BytesOfExpert(MixtureShape shape) => shape.Router.NumExperts <= 256 ? 1 : 2;

    /// <summary>Bytes of one token.</summary>
    public static int BytesOfToken(MixtureShape shape) => shape.Layers.Length * shape.Router.NumChosen * BytesOfExpert(shape);

    /// <summary>What was chosen for a slot's token in a layer.</summary>
    /// <param name="index">Of the layer, among those with experts.</param>
    public void Record(int slot, int index, ReadOnlySpan<int> experts)
    {
        var to = Slot(slot).Slice(index * experts.Length * BytesOfExpert(shape));
        for (var k = 0; k < experts.Length; k++)
        {
            if (BytesOfExpert(shape) == 1) to[k] = (byte)experts[k];
            else BitConverter.TryWriteBytes(to[(2 * k)..], (ushort)experts[k]);
        }
    }

    /// <summary>[layers with experts, chosen] of a slot.</summary>
    public Span<byte> Slot(int slot) => new((byte*)_memory.Address + (long)slot * BytesOfToken(shape), BytesOfToken(shape));

    public void Dispose() => _memory.Dispose();
}
