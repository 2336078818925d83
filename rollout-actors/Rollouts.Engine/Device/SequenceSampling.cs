using Rollouts.Kernels;

namespace Rollouts.Engine;

/// <summary>A sequence's sampling as the device's sampler takes it.</summary>
internal static class SequenceSampling
{
    /// <summary>Whether its tokens are drawn on the host: where more of the likeliest tokens are asked for than the device finds, or those after filters. Both ways draw the same tokens.</summary>
    public static bool NeedsHost(Sequence sequence)
    {
        var sampling = sequence.Request.Sampling;
        return sampling.LogProbs.TopK > TokenSampler.MaxTop || (sampling.LogProbs.TopK > 0 && sampling.LogProbMode == LogProbMode.Processed);
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
            NumTop = NeedsHost(sequence) ? 0 : sampling.LogProbs.TopK,
        };
    }
}
