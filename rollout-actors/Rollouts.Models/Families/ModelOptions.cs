using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>How a model is held and how large its steps may be.</summary>
/// <param name="Type">What weights, activations and KV are held in.</param>
/// <param name="MaxLength">Positions of a sequence.</param>
/// <param name="MaxTokens">Tokens of a step.</param>
/// <param name="MaxRows">Rows of a step that give logits.</param>
/// <param name="Parallel">This rank's part.</param>
/// <param name="BatchInvariant">Whether a token's numbers must not depend, bit for bit, on what else is in its step.</param>
public sealed record ModelOptions(ElementType Type, int MaxLength, int MaxTokens, int MaxRows, ParallelContext Parallel, bool BatchInvariant = false);
