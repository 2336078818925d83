namespace Rollouts.Kernels;

/// <summary>What one row of logits is sampled with. Filters apply in this order: temperature, top_k, top_p, min_p; what comes before them has changed the logits already.</summary>
public struct SamplingRow
{
    /// <summary>0 takes the likeliest token.</summary>
    public float Temperature;

    /// <summary>0 keeps all.</summary>
    public int TopK;

    /// <summary>1 keeps all.</summary>
    public float TopP;

    /// <summary>0 keeps all.</summary>
    public float MinP;

    /// <summary>The rollout's noise key.</summary>
    public uint KeyLow;

    /// <summary>The rollout's noise key.</summary>
    public uint KeyHigh;

    /// <summary>Which completion token this is, from 0.</summary>
    public int Position;

    /// <summary>Whether log-probabilities are those after all filters.</summary>
    public bool ProcessedLogProb;

    /// <summary>Whether any filter besides the temperature is on.</summary>
    public readonly bool HasFilters => TopK > 0 || TopP < 1 || MinP > 0;
}
