using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>A decoder-only transformer that runs step plans. Used by one thread at a time.</summary>
public interface ILanguageModel : IDisposable
{
    /// <summary>Its shape.</summary>
    ModelConfig Config { get; }

    /// <summary>What weights, activations and KV are held in.</summary>
    ElementType Type { get; }

    /// <summary>This rank's KV heads.</summary>
    int NumKvHeads { get; }

    /// <summary>Runs a plan: KV of its tokens goes to the cache, logits of its rows come out.</summary>
    /// <param name="logits">[R, vocabulary].</param>
    void Forward(StepPlan plan, KvCache kv, Activations logits);
}
