namespace Rollouts.Models;

/// <summary>One forward pass on a kernel device, described in device memory: the same kernels can stand in a captured graph. Shapes: T tokens, R rows with logits.</summary>
/// <param name="NumTokens">T.</param>
/// <param name="Tokens">int [T]: ids.</param>
/// <param name="Positions">int [T]: where each token stands in its sequence.</param>
/// <param name="Slots">int [T]: where its keys and values go, block * 16 + offset; -1 for a row that is none.</param>
/// <param name="Lengths">int [T]: tokens that it attends to, itself included; 0 for a row that is none.</param>
/// <param name="Sequences">int [T]: whose block table it reads.</param>
/// <param name="Tables">int [sequences, <paramref name="TableStride"/>]: block tables.</param>
/// <param name="NumRows">R.</param>
/// <param name="LogitRows">int [R]: tokens whose logits are wanted; 0 where row i is token i.</param>
/// <param name="MaxLength">No token attends to more.</param>
/// <param name="Prompts">The last tokens, where they are prompts for flash attention; none unless said.</param>
public readonly record struct DeviceStep(int NumTokens, nint Tokens, nint Positions, nint Slots, nint Lengths, nint Sequences, nint Tables, int TableStride,
    int NumRows, nint LogitRows, int MaxLength, PromptRuns Prompts = default)
{
    /// <summary>Tokens, from the first, that attend by the paged kernel.</summary>
    public int NumPaged => Prompts.NumSequences > 0 ? Prompts.FirstToken : NumTokens;
}

/// <summary>Tokens of prompts, sequence after sequence, at the end of a step.</summary>
/// <param name="NumSequences">How many.</param>
/// <param name="FirstToken">The first's first token in the step.</param>
/// <param name="MaxQueries">Tokens of one in the step, at most.</param>
/// <param name="MaxKeys">Tokens of one so far, at most.</param>
/// <param name="NumKeys">Tokens so far of all.</param>
/// <param name="QueryStarts">int [sequences + 1]: where each begins, counted from the first token.</param>
/// <param name="KeyStarts">int [sequences + 1]: where each one's keys begin when all are laid one after the other.</param>
/// <param name="Sequences">int [sequences]: whose block table each reads.</param>
public readonly record struct PromptRuns(int NumSequences, int FirstToken, int MaxQueries, int MaxKeys, int NumKeys, nint QueryStarts, nint KeyStarts, nint Sequences);
