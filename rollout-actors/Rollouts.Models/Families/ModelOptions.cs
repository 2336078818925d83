using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>How a model is held and how large its steps may be.</summary>
/// <param name="Type">What weights, activations and KV are held in.</param>
/// <param name="MaxLength">Positions of a sequence.</param>
/// <param name="MaxTokens">Tokens of a step.</param>
/// <param name="MaxRows">Rows of a step that give logits.</param>
/// <param name="Parallel">This rank's part.</param>
public sealed record ModelOptions(ElementType Type, int MaxLength, int MaxTokens, int MaxRows, ParallelContext Parallel);
