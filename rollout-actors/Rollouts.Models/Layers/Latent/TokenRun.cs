namespace Rollouts.Models;

/// <summary>Tokens of a step that are attended to in one way: many of one sequence, or any others.</summary>
/// <param name="First">The first.</param>
/// <param name="Count">How many.</param>
/// <param name="IsLong">Whether they are so many of one sequence that expanding its latents for them pays.</param>
internal readonly record struct TokenRun(int First, int Count, bool IsLong)
{
    /// <summary>
    /// Where the two ways cost the same. An absorbed query does N (2 L + R) products a row where an expanded one does N (P + R + V), and expanding a row takes
    /// N L (P + V): about 170 queries at DeepSeek's sizes, fewer because expanding runs as a GEMM.
    /// </summary>
    public const int LongTokens = 48;

    /// <summary>The run that begins at a token.</summary>
    public static TokenRun At(StepPlan plan, int first, bool mayExpand)
    {
        if (!mayExpand) return new TokenRun(first, plan.NumTokens - first, false);
        var count = SameSequence(plan, first);
        if (count >= LongTokens) return new TokenRun(first, count, true);
        var end = first;
        while (end < plan.NumTokens && (count = SameSequence(plan, end)) < LongTokens) end += count;
        return new TokenRun(first, end - first, false);
    }

    private static int SameSequence(StepPlan plan, int first)
    {
        var end = first + 1;
        while (end < plan.NumTokens && plan.SequenceOf[end] == plan.SequenceOf[first]) end++;
        return end - first;
    }
}
