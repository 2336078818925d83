using Rollouts.Kernels;

namespace Rollouts.Models;

// Shapes: T tokens, N this rank's heads, L latent size, R rotary size, P plain size.

/// <summary>The activations of latent attention.</summary>
internal sealed class LatentScratch(LatentShape shape, int numHeads, ElementType type, int maxTokens) : IDisposable
{
    /// <summary>N (P + R)</summary>
    public int QueryWidth => numHeads * shape.KeySize;

    /// <summary>[T, query rank]; null where queries are not compressed.</summary>
    public Activations? QueryLatent { get; } = shape.QueryRank > 0 ? new Activations(maxTokens, shape.QueryRank, type) : null;

    /// <summary>[T, L + R] what goes into the cache.</summary>
    public Activations Compressed { get; } = new(maxTokens, shape.LatentSize + shape.RotarySize, type);

    /// <summary>[T, N (L + R)] queries that have absorbed the expansion of keys.</summary>
    public Activations Absorbed { get; } = new(maxTokens, numHeads * (shape.LatentSize + shape.RotarySize), type);

    /// <summary>[T, N L] sums of latents, of which values are made.</summary>
    public Activations Context { get; } = new(maxTokens, numHeads * shape.LatentSize, type);

    /// <summary>Keys and values of a chunk of tokens, where many queries share them.</summary>
    public ExpandedChunk Expanded { get; } = new(shape, numHeads, type);

    public void Dispose()
    {
        Expanded.Dispose();
        QueryLatent?.Dispose();
        Compressed.Dispose();
        Absorbed.Dispose();
        Context.Dispose();
    }
}
