using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Takes which experts a sequence's tokens went to from beside its KV, when it ends.</summary>
internal sealed class RoutingReader(ILanguageModel model, int blockSize)
{
    /// <summary>[tokens whose KV is there, layers with experts, chosen]; see <see cref="RoutedExpertShape"/>.</summary>
    public ImmutableArray<byte> Read(Sequence sequence)
    {
        var bytesOfToken = model.Config.Mixture!.Routed.BytesOfToken;
        // A token in flight when the sequence ended is not the sequence's.
        var tokens = Math.Min(sequence.NumComputed, sequence.Tokens.Length - 1);
        var experts = new byte[tokens * bytesOfToken];
        for (var t = 0; t < tokens; t++)
            model.RoutedExperts(sequence.BlockTable[t / blockSize] * blockSize + t % blockSize).CopyTo(experts.AsSpan(t * bytesOfToken));
        return ImmutableCollectionsMarshal.AsImmutableArray(experts);
    }
}
