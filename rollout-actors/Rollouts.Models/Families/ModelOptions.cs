using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>How a model is held and how large its steps may be.</summary>
/// <param name="Type">What weights, activations and KV are held in.</param>
/// <param name="MaxLength">Positions of a sequence.</param>
/// <param name="MaxTokens">Tokens of a step.</param>
/// <param name="MaxRows">Rows of a step that give logits.</param>
public sealed record ModelOptions(ElementType Type, int MaxLength, int MaxTokens, int MaxRows)
{
    /// <summary>How it is spread over ranks. Default: one.</summary>
    public ParallelPlan Parallel { get; init; } = new();

    /// <summary>Threads of all ranks together. Default: one a processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether a token's numbers must not depend, bit for bit, on what else is in its step. Default false.</summary>
    public bool BatchInvariant { get; init; }

    /// <summary>Whether each token's experts are kept beside its KV. Default false.</summary>
    public bool KeepsRoutedExperts { get; init; }
}
