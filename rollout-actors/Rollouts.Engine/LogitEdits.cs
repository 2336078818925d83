using System.Collections.Immutable;

namespace Rollouts.Engine;

/// <summary>What a request changes in the model's logits before temperature and filters, in this order: bad tokens and min_tokens, logit_bias, then penalties.</summary>
internal static class LogitEdits
{
    /// <summary>Writes the changed logits; false, and nothing is written, where none is changed.</summary>
    /// <param name="raw">[vocabulary], the model's own.</param>
    /// <param name="work">[vocabulary], where they go.</param>
    /// <param name="eosTokens">Barred with the request's stop tokens before min_tokens.</param>
    public static bool Apply(in StepItem item, ReadOnlySpan<float> raw, Span<float> work, ImmutableArray<int> eosTokens)
    {
        var (sampling, history) = (item.Sequence.Request.Sampling, item.Sequence.History);
        var isEarly = item.Position < sampling.MinTokens;
        if (!isEarly && history is null && sampling.BadTokenIds.IsEmpty && sampling.LogitBias.IsEmpty) return false;
        raw.CopyTo(work);
        foreach (var token in sampling.BadTokenIds) work[token] = float.NegativeInfinity;
        if (isEarly) BarStops(work, sampling, eosTokens);
        foreach (var (token, bias) in sampling.LogitBias) work[token] += bias;
        history?.Penalise(work, sampling);
        return true;
    }

    private static void BarStops(Span<float> logits, SamplingParams sampling, ImmutableArray<int> eosTokens)
    {
        foreach (var token in eosTokens) logits[token] = float.NegativeInfinity;
        foreach (var token in sampling.StopTokenIds) logits[token] = float.NegativeInfinity;
    }
}
