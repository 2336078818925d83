namespace Rollouts.Kernels;

/// <summary>
/// Draws a token from a row of logits by Gumbel-max: the argmax over the kept of logit / temperature + noise, lowest index on ties.
/// The noise is a function of the rollout's key, the token's position and the vocabulary entry alone.
/// </summary>
public static partial class TokenSampler
{
    /// <summary>Draws one token.</summary>
    /// <param name="raw">[vocabulary], the model's own logits; not changed.</param>
    /// <param name="work">[vocabulary]; holds the logits to draw from where <paramref name="changed"/>, else it is scratch.</param>
    /// <param name="changed">Whether bars, biases or penalties changed any logit.</param>
    /// <param name="row">How to draw.</param>
    /// <param name="scratch">[vocabulary], for sorting.</param>
    public static DrawnToken Draw(ReadOnlySpan<float> raw, Span<float> work, bool changed, in SamplingRow row, Span<int> scratch)
    {
        var logits = changed ? work : raw;
        if (row.Temperature == 0) return Greedy(raw, logits, work, row);
        var inverse = 1 / row.Temperature;
        if (!row.HasFilters)
        {
            var drawn = GumbelMax.Draw(logits, inverse, row);
            return row.ProcessedLogProb ? new DrawnToken(drawn, logits, inverse) : new DrawnToken(drawn, raw, 1);
        }

        for (var v = 0; v < work.Length; v++) work[v] = logits[v] * inverse;
        LogitFilters.Keep(work, row, scratch);
        var token = GumbelMax.Draw(work, 1, row);
        return new DrawnToken(token, row.ProcessedLogProb ? work : raw, 1);
    }

    /// <summary>At temperature 0 the whole probability lies on the likeliest.</summary>
    private static DrawnToken Greedy(ReadOnlySpan<float> raw, ReadOnlySpan<float> logits, Span<float> work, in SamplingRow row)
    {
        var best = Logits.ArgMax(logits);
        if (!row.ProcessedLogProb) return new DrawnToken(best, raw, 1);
        work.Fill(float.NegativeInfinity);
        work[best] = 0;
        return new DrawnToken(best, work, 1);
    }
}
