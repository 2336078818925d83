namespace Rollouts.Kernels;

/// <summary>How a score is made of an expert's logit.</summary>
public enum ExpertScore
{
    /// <summary>Softmax over all experts.</summary>
    Softmax,

    /// <summary>Sigmoid of each.</summary>
    Sigmoid,
}

/// <summary>Chooses a token's experts and weighs them, in float.</summary>
/// <remarks>
/// Softmax: Shazeer et al. 2017, <see href="https://arxiv.org/abs/1701.06538"/>; groups: DeepSeek-V2, <see href="https://arxiv.org/abs/2405.04434"/>, section 2.2.2;
/// sigmoid and the bias that only choice sees: DeepSeek-V3, <see href="https://arxiv.org/abs/2412.19437"/>, section 2.1.2, and inference/model.py (Gate).
/// </remarks>
/// <param name="NumExperts">Experts.</param>
/// <param name="NumChosen">Experts of a token.</param>
/// <param name="Score">What a logit becomes.</param>
/// <param name="NumGroups">Groups of consecutive experts; 1 where there are none.</param>
/// <param name="NumChosenGroups">Groups that a token's experts may come from: those of the best expert, or of the two best together where there is a bias.</param>
/// <param name="Normalise">Whether the chosen scores are divided by their sum.</param>
/// <param name="Scale">Of the weights.</param>
public readonly record struct ExpertRouter(int NumExperts, int NumChosen, ExpertScore Score, int NumGroups, int NumChosenGroups, bool Normalise, float Scale)
{
    /// <summary>Experts at most.</summary>
    public const int MaxExperts = 1024;

    /// <summary>One token. Equal scores go to the lower expert.</summary>
    /// <param name="logits">[experts]</param>
    /// <param name="bias">[experts], added to the scores for the choice alone; null where there is none.</param>
    /// <param name="experts">[chosen], best first.</param>
    /// <param name="weights">[chosen]</param>
    public unsafe void Choose(float* logits, float* bias, int* experts, float* weights)
    {
        var scores = stackalloc float[NumExperts];
        var ranks = stackalloc float[NumExperts];
        ExpertScores.Of(Score, logits, scores, NumExperts);
        for (var e = 0; e < NumExperts; e++) ranks[e] = bias is null ? scores[e] : scores[e] + bias[e];
        if (NumChosenGroups < NumGroups) LeaveGroups(ranks, bestOfTwo: bias is not null);
        var sum = 0f;
        for (var k = 0; k < NumChosen; k++)
        {
            experts[k] = TakeLargest(ranks, NumExperts);
            sum += weights[k] = scores[experts[k]];
        }

        var factor = Normalise ? Scale / (sum + 1e-20f) : Scale;
        for (var k = 0; k < NumChosen; k++) weights[k] *= factor;
    }

    /// <summary>Experts outside of the best groups rank below all others.</summary>
    private unsafe void LeaveGroups(float* ranks, bool bestOfTwo)
    {
        var size = NumExperts / NumGroups;
        var groups = stackalloc float[NumGroups];
        var kept = stackalloc bool[NumGroups];
        for (var g = 0; g < NumGroups; g++)
        {
            groups[g] = ExpertScores.OfGroup(ranks + g * size, size, bestOfTwo);
            kept[g] = false;
        }

        for (var g = 0; g < NumChosenGroups; g++) kept[TakeLargest(groups, NumGroups)] = true;
        for (var e = 0; e < NumExperts; e++)
            if (!kept[e / size]) ranks[e] = float.NegativeInfinity;
    }

    /// <summary>The index of the largest, which is then out of the race.</summary>
    private static unsafe int TakeLargest(float* values, int count)
    {
        var best = 0;
        while (float.IsNaN(values[best]) && best < count - 1) best++;
        for (var i = best + 1; i < count; i++)
            if (values[i] > values[best]) best = i;
        values[best] = float.NaN;
        return best;
    }
}
