using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Tries, on the model's own shapes, what deterministic mode promises: a token's logits are the same bits whatever else is in its step.</summary>
internal static class DeterminismCheck
{
    private const int SmallSteps = 33;

    /// <exception cref="ModelFormatException">They are not, on this machine.</exception>
    public static unsafe void Run(ILanguageModel model, int numBlocks, EngineOptions options, string folder)
    {
        var largest = Math.Min(Math.Min(options.MaxBatchedTokens, numBlocks), options.MaxRunning + options.MaxScoredRows);
        using var plan = new StepPlan(largest, largest, 1, largest);
        using var logits = new Activations(largest, model.Config.VocabularySize, model.Type);
        var bytes = model.Config.VocabularySize * model.Type.Bytes();
        byte[]? expected = null;
        foreach (var tokens in Enumerable.Range(1, Math.Min(SmallSteps, largest)).Append(largest))
        {
            Describe(plan, tokens, model.Config.VocabularySize, options.BlockSize);
            model.Forward(plan, logits);
            var row = new ReadOnlySpan<byte>((void*)logits.Row(0), bytes);
            expected ??= row.ToArray();
            if (!row.SequenceEqual(expected))
                throw new ModelFormatException($"{folder}: deterministic mode is not possible here: a token's logits differ between steps of 1 and {tokens} tokens; set engine.deterministic: false, or another dtype");
        }
    }

    /// <summary>As many sequences of one token each; the first is always the same.</summary>
    private static unsafe void Describe(StepPlan plan, int tokens, int vocabulary, int blockSize)
    {
        for (var i = 0; i < tokens; i++)
        {
            plan.TokenIds[i] = (int)(i * 7919L % vocabulary);
            plan.Positions[i] = 0;
            plan.Slots[i] = i * blockSize;
            plan.SequenceOf[i] = i;
            plan.LogitRows[i] = i;
            *plan.BlockTable(i) = i;
        }

        (plan.NumTokens, plan.NumLogitRows) = (tokens, tokens);
    }
}
