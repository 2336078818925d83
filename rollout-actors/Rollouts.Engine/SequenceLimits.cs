namespace Rollouts.Engine;

/// <summary>How far sequences reach.</summary>
/// <param name="MaxLength">Tokens of prompt and completion: the model's context.</param>
/// <param name="Window">Tokens beyond which no layer looks back; 0 where one does.</param>
internal readonly record struct SequenceLimits(int MaxLength, int Window)
{
    /// <summary>Tokens that one sequence may have where it has all blocks to itself.</summary>
    public int Within(int numBlocks, EngineOptions options)
    {
        var held = numBlocks * options.BlockSize;
        // Behind the window blocks are given back: then a step's own tokens, and blocks that are cut at either end, are all that comes on top.
        return Window > 0 && held >= Window + options.MaxBatchedTokens + 3 * options.BlockSize ? MaxLength : Math.Min(MaxLength, held);
    }
}
