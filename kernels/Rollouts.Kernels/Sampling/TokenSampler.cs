namespace Rollouts.Kernels;

/// <summary>
/// Draws a token from a row of logits by Gumbel-max: the argmax over the kept of logit / temperature + noise, lowest index on ties.
/// The noise is a function of the rollout's key, the token's position and the vocabulary entry alone.
/// </summary>
public static class TokenSampler
{
    /// <summary>Just above -log(-log(1 - 2^-24)).</summary>
    private const float MaxNoise = 16.7f;

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
            var best = ArgMax(logits);
            return (best, row.ProcessedLogProb ? 0 : raw[best] - LogSumExp(raw, 1));
        }

        var inverse = 1 / row.Temperature;
        if (!row.HasFilters)
        {
            var drawn = GumbelArgMax(logits, inverse, row);
            return (drawn, row.ProcessedLogProb ? logits[drawn] * inverse - LogSumExp(logits, inverse) : raw[drawn] - LogSumExp(raw, 1));
        }

        for (var v = 0; v < work.Length; v++) work[v] = logits[v] * inverse;
        LogitFilters.Keep(work, row, scratch);
        var token = GumbelArgMax(work, 1, row);
        return (token, row.ProcessedLogProb ? work[token] - LogSumExp(work, 1) : raw[token] - LogSumExp(raw, 1));
    }

    /// <summary>Log of the sum of exp(logit * scale).</summary>
    public static float LogSumExp(ReadOnlySpan<float> logits, float scale)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits) largest = MathF.Max(largest, logit * scale);
        var sum = 0.0;
        foreach (var logit in logits) sum += MathF.Exp(logit * scale - largest);
        return (float)(largest + Math.Log(sum));
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var v = 1; v < logits.Length; v++)
            if (logits[v] > logits[best]) best = v;
        return best;
    }

    private static int GumbelArgMax(ReadOnlySpan<float> logits, float scale, in SamplingRow row)
    {
        var (best, token) = (float.NegativeInfinity, 0);
        for (var v = 0; v < logits.Length; v += 4)
        {
            var (w0, w1, w2, w3) = Philox.Words((uint)v / 4, (uint)row.Position, 0, 0, row.KeyLow, row.KeyHigh);
            Try(v, w0, logits, scale, ref best, ref token);
            Try(v + 1, w1, logits, scale, ref best, ref token);
            Try(v + 2, w2, logits, scale, ref best, ref token);
            Try(v + 3, w3, logits, scale, ref best, ref token);
        }

        return token;
    }

    private static void Try(int v, uint word, ReadOnlySpan<float> logits, float scale, ref float best, ref int token)
    {
        if (v >= logits.Length) return;
        var logit = logits[v] * scale;
        // The noise is at most 16.64 (at the largest u): what cannot win needs no logarithm.
        if (logit + MaxNoise <= best) return;
        var noisy = logit + Philox.Gumbel(word);
        if (noisy > best) (best, token) = (noisy, v);
    }
}
