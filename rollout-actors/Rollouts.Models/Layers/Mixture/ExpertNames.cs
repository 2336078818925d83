namespace Rollouts.Models;

/// <summary>What a family calls the tensors of its experts, after the layer's prefix.</summary>
/// <param name="Router">[experts, D]</param>
/// <param name="ChoiceBias">[experts]; null where there is none.</param>
/// <param name="Experts">What stands before an expert's number.</param>
/// <param name="Gate">[I, D]</param>
/// <param name="Up">[I, D]</param>
/// <param name="Down">[D, I]</param>
/// <param name="Shared">Before the shared expert's matrices; null where there is none.</param>
internal sealed record ExpertNames(string Router, string? ChoiceBias, string Experts, string Gate, string Up, string Down, string? Shared);
