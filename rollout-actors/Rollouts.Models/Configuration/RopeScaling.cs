namespace Rollouts.Models;

/// <summary>How rotary frequencies are stretched beyond the context that a model was first trained on.</summary>
public abstract record RopeScaling
{
    private RopeScaling() { }

    /// <summary>Not at all.</summary>
    public sealed record Default : RopeScaling;

    /// <summary>All frequencies divided (Chen et al. 2023, arXiv 2306.15595).</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>Low frequencies divided, high ones kept, those between blended (transformers: _compute_llama3_parameters).</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalContext) : RopeScaling;
}
