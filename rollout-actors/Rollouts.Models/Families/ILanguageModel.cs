using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A decoder-only transformer with its KV, that runs step plans. Used by one thread at a time.</summary>
public interface ILanguageModel : IDisposable
{
    /// <summary>Its shape.</summary>
    ModelConfig Config { get; }

    /// <summary>What weights, activations and KV are held in.</summary>
    ElementType Type { get; }

    /// <summary>Bytes that one KV block takes over all layers and ranks.</summary>
    long KvBlockBytes(int blockSize);

    /// <summary>Takes the memory for keys and values; what was in it before is gone.</summary>
    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="numBlocks">Blocks.</param>
    void ReserveKv(int blockSize, int numBlocks);

    /// <summary>Runs a plan: KV of its tokens goes to the cache, logits of its rows come out.</summary>
    /// <param name="logits">[R, vocabulary].</param>
    void Forward(StepPlan plan, Activations logits);

    /// <summary>[layers with experts, chosen] which experts a KV slot's token went to, a byte each, two where there are over 256; empty where that is not kept.</summary>
    ReadOnlySpan<byte> RoutedExperts(int slot);
}
