namespace Rollouts.Kernels;

/// <summary>The tokens of a sequence that one token attends to.</summary>
/// <param name="First">The first; above 0 where a window has left others behind.</param>
/// <param name="End">One past the last, which is the token itself.</param>
public readonly record struct TokenRange(int First, int End)
{
    /// <summary>What the token at a position attends to.</summary>
    /// <param name="window">Tokens of a sliding window, its own included; 0 where there is none.</param>
    public static TokenRange Before(int position, int window) => new(window == 0 ? 0 : Math.Max(0, position + 1 - window), position + 1);
}
