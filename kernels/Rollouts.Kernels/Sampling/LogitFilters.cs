using System.Buffers;

namespace Rollouts.Kernels;

/// <summary>The filters of a row: what they drop becomes negative infinity.</summary>
public static class LogitFilters
{
    private const int BucketBits = 12;
    private const int NumBuckets = 1 << BucketBits;

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
        Span<int> counts = stackalloc int[NumBuckets];
        counts.Clear();
        foreach (var logit in logits) counts[Bucket(logit)]++;
        var (border, before) = (0, 0);
        while (before + counts[border] < k) before += counts[border++];
        var threshold = logits[SortBucket(logits, border, scratch)[k - before - 1]];
        foreach (ref var logit in logits)
            if (logit < threshold) logit = float.NegativeInfinity;
    }

    /// <summary>Keeps the fewest largest whose probabilities sum to at least <paramref name="topP"/>; at least one.</summary>
    /// <remarks>Nucleus sampling, Holtzman et al. 2020, <see href="https://arxiv.org/abs/1904.09751"/>, section 3.1.</remarks>
    private static void KeepTopP(Span<float> logits, float topP, Span<int> scratch)
    {
        Span<double> masses = stackalloc double[NumBuckets];
        masses.Clear();
        var (largest, total) = (Logits.Max(logits), 0.0);
        foreach (var logit in logits) masses[Bucket(logit)] += MathF.Exp(logit - largest);
        foreach (var mass in masses) total += mass;
        var (border, before) = (0, 0.0);
        while (before + masses[border] < topP * total && border < NumBuckets - 1) before += masses[border++];
        foreach (ref var logit in logits)
            if (Bucket(logit) > border) logit = float.NegativeInfinity;
        foreach (var v in SortBucket(logits, border, scratch))
        {
            var weight = MathF.Exp(logits[v] - largest);
            // A token goes where those before it already have the mass.
            if (before >= topP * total && before > 0) logits[v] = float.NegativeInfinity;
            before += weight;
        }
    }

    /// <summary>Keeps tokens at least <paramref name="minP"/> times as likely as the likeliest.</summary>
    /// <remarks>Nguyen et al. 2024, <see href="https://arxiv.org/abs/2407.01082"/>.</remarks>
    private static void KeepMinP(Span<float> logits, float minP)
    {
        var threshold = Logits.Max(logits) + MathF.Log(minP);
        foreach (ref var logit in logits)
            if (logit < threshold) logit = float.NegativeInfinity;
    }

    /// <summary>Orders by falling logit: the bits of a float order like the float once negative ones are turned round.</summary>
    internal static uint Order(float logit)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit);
        return (bits & 0x8000_0000) != 0 ? bits : ~bits & 0x7FFF_FFFF;
    }

    /// <summary>Which of the buckets, the largest logits first, an entry falls into: a border is looked for in one of them, and only that one is sorted.</summary>
    private static int Bucket(float logit) => (int)(Order(logit) >> (32 - BucketBits));

    /// <summary>The entries of a bucket by falling logit, the lower index first on ties.</summary>
    private static Span<int> SortBucket(ReadOnlySpan<float> logits, int bucket, Span<int> scratch)
    {
        var count = 0;
        for (var v = 0; v < logits.Length; v++)
            if (Bucket(logits[v]) == bucket) scratch[count++] = v;
        var keys = ArrayPool<ulong>.Shared.Rent(count);
        for (var i = 0; i < count; i++) keys[i] = ((ulong)Order(logits[scratch[i]]) << 32) | (uint)scratch[i];
        keys.AsSpan(0, count).Sort();
        for (var i = 0; i < count; i++) scratch[i] = (int)(uint)keys[i];
        ArrayPool<ulong>.Shared.Return(keys);
        return scratch[..count];
    }
}
