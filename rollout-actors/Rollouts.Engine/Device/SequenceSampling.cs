using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>A sequence's sampling as the device's sampler takes it.</summary>
internal static class SequenceSampling
{
    /// <summary>Whether its tokens are drawn on the host: where likeliest tokens, penalties, biases or barred tokens are asked for. Both ways draw the same tokens.</summary>
    public static bool NeedsHost(Sequence sequence)
    {
        var sampling = sequence.Request.Sampling;
        return sampling.LogProbs.TopK > 0 || sequence.History is not null || !sampling.BadTokenIds.IsEmpty || !sampling.LogitBias.IsEmpty || sampling.MinTokens > 0;
    }

    /// <summary>Whether top_k, top_p or min_p is on.</summary>
    public static bool HasFilters(SamplingParams sampling) => sampling.Temperature > 0 && (sampling.TopK > 0 || sampling.TopP < 1 || sampling.MinP > 0);

    /// <summary>The row that the device reads.</summary>
    public static DeviceSamplingRow RowOf(Sequence sequence)
    {
        var sampling = sequence.Request.Sampling;
        return new DeviceSamplingRow
        {
            InverseTemperature = sampling.Temperature > 0 ? 1 / sampling.Temperature : 0,
            TopK = sampling.TopK,
            TopP = sampling.TopP,
            LogMinP = sampling.MinP > 0 ? MathF.Log(sampling.MinP) : float.NegativeInfinity,
            KeyLow = sequence.Key.Low,
            KeyHigh = sequence.Key.High,
            ProcessedLogProb = sampling.LogProbMode == LogProbMode.Processed ? 1 : 0,
            RepetitionPenalty = 1,
        };
    }
}
