using System.Buffers;

namespace Rollouts.Kernels;

/// <summary>The filters of a row: what they drop becomes negative infinity.</summary>
public static class LogitFilters
{
    /// <summary>Applies top_k, top_p and min_p, in this order.</summary>
    /// <param name="logits">[vocabulary], already divided by the temperature.</param>
    /// <param name="scratch">[vocabulary].</param>
    public static void Keep(Span<float> logits, in SamplingRow row, Span<int> scratch)
    {
        if (row.TopK > 0 && row.TopK < logits.Length) KeepTopK(logits, row.TopK, scratch);
        if (row.TopP < 1) KeepTopP(logits, row.TopP, scratch);
        if (row.MinP > 0) KeepMinP(logits, row.MinP);
    }

    /// <summary>Makes seen tokens less likely: a positive logit is divided, a negative one multiplied.</summary>
    /// <remarks>Keskar et al. 2019, CTRL, <see href="https://arxiv.org/abs/1909.05858"/>, section 4.1.</remarks>
    public static float Repeat(float logit, float penalty) => logit > 0 ? logit / penalty : logit * penalty;

    /// <summary>Keeps the k largest, and all that equal the k-th.</summary>
    /// <remarks>Fan et al. 2018, <see href="https://arxiv.org/abs/1805.04833"/>; ties at the threshold stay, as in transformers.</remarks>
    private static void KeepTopK(Span<float> logits, int k, Span<int> scratch)
    {
        var sorted = SortDescending(logits, scratch);
        var threshold = logits[sorted[k - 1]];
        foreach (ref var logit in logits)
            if (logit < threshold) logit = float.NegativeInfinity;
    }

    /// <summary>Keeps the fewest largest whose probabilities sum to at least <paramref name="topP"/>; at least one.</summary>
    /// <remarks>Nucleus sampling, Holtzman et al. 2020, <see href="https://arxiv.org/abs/1904.09751"/>, section 3.1.</remarks>
    private static void KeepTopP(Span<float> logits, float topP, Span<int> scratch)
    {
        var sorted = SortDescending(logits, scratch);
        var largest = logits[sorted[0]];
        var total = 0.0;
        foreach (var logit in logits) total += Math.Exp(logit - largest);
        var before = 0.0;
        foreach (var v in sorted)
        {
            // A token goes where those before it already have the mass.
            if (before >= topP * total && v != sorted[0])
            {
                logits[v] = float.NegativeInfinity;
                continue;
            }

            before += Math.Exp(logits[v] - largest);
        }
    }

    /// <summary>Keeps tokens at least <paramref name="minP"/> times as likely as the likeliest.</summary>
    /// <remarks>Nguyen et al. 2024, <see href="https://arxiv.org/abs/2407.01082"/>.</remarks>
    private static void KeepMinP(Span<float> logits, float minP)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits) largest = MathF.Max(largest, logit);
        var threshold = largest + MathF.Log(minP);
        foreach (ref var logit in logits)
            if (logit < threshold) logit = float.NegativeInfinity;
    }

    /// <summary>Orders by falling logit, then by rising index: the bits of a float order like the float once negative ones are turned round.</summary>
    private static ulong Key(float logit, int v)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit);
        var rising = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ((ulong)~rising << 32) | (uint)v;
    }

    /// <summary>The entries by falling logit, the lower index first on ties. Dropped ones are left out.</summary>
    private static Span<int> SortDescending(ReadOnlySpan<float> logits, Span<int> scratch)
    {
        var count = 0;
        for (var v = 0; v < logits.Length; v++)
            if (logits[v] > float.NegativeInfinity) scratch[count++] = v;
        var keys = ArrayPool<ulong>.Shared.Rent(count);
        for (var i = 0; i < count; i++) keys[i] = Key(logits[scratch[i]], scratch[i]);
        keys.AsSpan(0, count).Sort();
        for (var i = 0; i < count; i++) scratch[i] = (int)(uint)keys[i];
        ArrayPool<ulong>.Shared.Return(keys);
        return scratch[..count];
    }
}
