namespace Rollouts.Models;

/// <summary>How rotary frequencies are stretched beyond the context that a model was first trained on.</summary>
public abstract record RopeScaling
{
    private RopeScaling() { }

    /// <summary>What cosines and sines are multiplied by.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>Not at all.</summary>
    public sealed record Default : RopeScaling;

    /// <summary>All frequencies divided (Chen et al. 2023, arXiv 2306.15595).</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>Low frequencies divided, high ones kept, those between blended (transformers: _compute_llama3_parameters).</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalContext) : RopeScaling;

    /// <summary>As Llama3, with the bounds given in turns over the original context (Peng et al. 2023, arXiv 2309.00071; transformers: _compute_yarn_parameters).</summary>
    /// <param name="FastTurns">Frequencies of at least this many turns are kept (beta_fast).</param>
    /// <param name="SlowTurns">Those of at most this many are divided (beta_slow).</param>
    /// <param name="Scale">mscale; 0 where it is not said.</param>
    /// <param name="ScaleAllDimensions">mscale_all_dim; 0 where it is not said.</param>
    /// <param name="GivenFactor">attention_factor, where the file has one.</param>
    /// <param name="Truncate">Whether the bounds are whole pairs.</param>
    public sealed record Yarn(
        double Factor, double OriginalContext, double FastTurns, double SlowTurns, double Scale, double ScaleAllDimensions, double? GivenFactor, bool Truncate) : RopeScaling
    {
        /// <inheritdoc/>
        public override double AttentionFactor => GivenFactor
            ?? (Scale != 0 && ScaleAllDimensions != 0 ? Correction(Factor, Scale) / Correction(Factor, ScaleAllDimensions) : Correction(Factor, 1));

        /// <summary>0.1 scale ln(factor) + 1.</summary>
        public static double Correction(double factor, double scale) => factor <= 1 ? 1 : 0.1 * scale * Math.Log(factor) + 1;
    }
}
