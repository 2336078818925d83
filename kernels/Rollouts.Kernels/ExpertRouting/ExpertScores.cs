namespace Rollouts.Kernels;

/// <summary>The scores of experts and of their groups.</summary>
internal static unsafe class ExpertScores
{
    public static void Of(ExpertScore kind, float* logits, float* scores, int count)
    {
        if (kind == ExpertScore.Sigmoid)
        {
            for (var e = 0; e < count; e++) scores[e] = 1 / (1 + MathF.Exp(-logits[e]));
            return;
        }

        var (largest, sum) = (float.NegativeInfinity, 0f);
        for (var e = 0; e < count; e++) largest = MathF.Max(largest, logits[e]);
        for (var e = 0; e < count; e++) sum += scores[e] = MathF.Exp(logits[e] - largest);
        for (var e = 0; e < count; e++) scores[e] /= sum;
    }

    /// <summary>A group ranks as its best expert, or as its two best together.</summary>
    public static float OfGroup(float* ranks, int size, bool bestOfTwo)
    {
        var (best, second) = (float.NegativeInfinity, float.NegativeInfinity);
        for (var e = 0; e < size; e++)
        {
            if (ranks[e] > best) (best, second) = (ranks[e], best);
            else if (ranks[e] > second) second = ranks[e];
        }

        return bestOfTwo && size > 1 ? best + second : best;
    }
}
