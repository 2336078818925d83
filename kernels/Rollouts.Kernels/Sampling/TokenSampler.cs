namespace Rollouts.Kernels;

/// <summary>
/// Draws a token from a row of logits by Gumbel-max: the argmax over the kept of logit / temperature + noise, lowest index on ties.
/// The noise is a function of the rollout's key, the token's position and the vocabulary entry alone.
/// </summary>
public static class TokenSampler
{
    /// <summary>Draws one token.</summary>
    /// <param name="raw">[vocabulary], the model's own logits; not changed.</param>
    /// <param name="work">[vocabulary]; holds the logits after penalties where <paramref name="penalised"/>, else it is scratch.</param>
    /// <param name="penalised">Whether penalties changed any logit.</param>
    /// <param name="row">How to draw.</param>
    /// <param name="scratch">[vocabulary], for sorting.</param>
    /// <returns>The token and its natural log-probability.</returns>
    public static (int Token, float LogProb) Draw(ReadOnlySpan<float> raw, Span<float> work, bool penalised, in SamplingRow row, Span<int> scratch)
    {
        var logits = penalised ? work : raw;
        if (row.Temperature == 0)
        {
            var best = Logits.ArgMax(logits);
            return (best, row.ProcessedLogProb ? 0 : raw[best] - Logits.LogSumExp(raw, 1));
        }

        var inverse = 1 / row.Temperature;
        if (!row.HasFilters)
        {
            var drawn = GumbelMax.Draw(logits, inverse, row);
            return (drawn, row.ProcessedLogProb ? logits[drawn] * inverse - Logits.LogSumExp(logits, inverse) : raw[drawn] - Logits.LogSumExp(raw, 1));
        }

        for (var v = 0; v < work.Length; v++) work[v] = logits[v] * inverse;
        LogitFilters.Keep(work, row, scratch);
        var token = GumbelMax.Draw(work, 1, row);
        return (token, row.ProcessedLogProb ? work[token] - Logits.LogSumExp(work, 1) : raw[token] - Logits.LogSumExp(raw, 1));
    }
}
