namespace Rollouts.Models;

// Shapes: N heads, P plain size, L latent size, V value size.

/// <summary>libtorch's views of a layer's expansion.</summary>
internal sealed class ExpansionViews(LatentExpansion expansion, LatentShape shape, int numHeads) : IDisposable
{
    /// <summary>[N, P, L]</summary>
    public nint Keys { get; } = TorchShims.Batch(
        expansion.Keys.Address, (numHeads, shape.PlainSize, shape.LatentSize), (shape.LatentSize * shape.PlainSize, 1, shape.PlainSize), TorchTypes.Of(expansion.Keys.Type));

    /// <summary>[N, L, V]</summary>
    public nint Values { get; } = TorchShims.Batch(
        expansion.Values.Address, (numHeads, shape.LatentSize, shape.ValueSize), (shape.ValueSize * shape.LatentSize, 1, shape.LatentSize), TorchTypes.Of(expansion.Values.Type));

    public void Dispose()
    {
        TorchShims.Delete(Keys);
        TorchShims.Delete(Values);
    }
}
