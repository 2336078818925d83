using Rollouts.Kernels;

namespace Rollouts.Engine.Tests;

/// <summary>The order of DESIGN: bad tokens and min_tokens, logit_bias, repetition, presence, frequency penalty, temperature, top_k, top_p, min_p; in doubles, by sorting, as plain as can be.</summary>
internal static class SamplingReference
{
    /// <summary>The log-probabilities that a token is drawn from.</summary>
    /// <param name="logits">[vocabulary], the model's.</param>
    /// <param name="prompt">Its tokens.</param>
    /// <param name="completion">Tokens drawn before.</param>
    /// <param name="eosTokens">The model's.</param>
    public static double[] Processed(IEnumerable<float> logits, IEnumerable<int> prompt, IReadOnlyList<int> completion, SamplingParams sampling, IEnumerable<int> eosTokens)
    {
        double[] row = [.. logits.Select(l => (double)l)];
        foreach (var v in sampling.BadTokenIds) row[v] = double.NegativeInfinity;
        if (completion.Count < sampling.MinTokens)
            foreach (var v in sampling.StopTokenIds.Concat(eosTokens)) row[v] = double.NegativeInfinity;
        foreach (var (v, bias) in sampling.LogitBias) row[v] += bias;
        foreach (var v in prompt.Concat(completion).Distinct()) row[v] = row[v] > 0 ? row[v] / sampling.RepetitionPenalty : row[v] * sampling.RepetitionPenalty;
        foreach (var v in completion.Distinct()) row[v] -= sampling.PresencePenalty;
        foreach (var v in completion) row[v] -= sampling.FrequencyPenalty;
        if (sampling.Temperature == 0) return [.. row.Select((_, v) => v == Array.IndexOf(row, row.Max()) ? 0 : double.NegativeInfinity)];

        row = [.. row.Select(l => l / sampling.Temperature)];
        if (sampling.TopK > 0) row = Keep(row, v => row[v] >= row.OrderDescending().ElementAt(Math.Min(sampling.TopK, row.Length) - 1));
        var sorted = Enumerable.Range(0, row.Length).OrderByDescending(v => row[v]).ThenBy(v => v).ToArray();
        var (total, before) = (row.Sum(Math.Exp), 0.0);
        foreach (var v in sorted)
        {
            var weight = Math.Exp(row[v]);
            if (sampling.TopP < 1 && before >= sampling.TopP * total) row[v] = double.NegativeInfinity;
            before += weight;
        }

        if (sampling.MinP > 0) row = Keep(row, v => row[v] >= row.Max() + Math.Log(sampling.MinP));
        var sum = Math.Log(row.Sum(Math.Exp));
        return [.. row.Select(l => l - sum)];
    }

    /// <summary>The entry with the most of log-probability plus Gumbel noise.</summary>
    public static double[] Noisy(double[] logProbs, NoiseKey key, int position)
    {
        return [.. logProbs.Select((l, v) =>
        {
            var words = Philox.Words((uint)v / 4, (uint)position, 0, 0, key.Low, key.High);
            return l + Philox.Gumbel(new[] { words.W0, words.W1, words.W2, words.W3 }[v % 4]);
        })];
    }

    private static double[] Keep(double[] row, Func<int, bool> keeps)
    {
        bool[] kept = [.. Enumerable.Range(0, row.Length).Select(keeps)];
        return [.. row.Select((l, v) => kept[v] ? l : double.NegativeInfinity)];
    }
}
