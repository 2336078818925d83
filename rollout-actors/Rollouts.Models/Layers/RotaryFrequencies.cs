namespace Rollouts.Models;

/// <summary>The rotary frequencies of a model, stretched as its config says.</summary>
public static class RotaryFrequencies
{
    /// <summary>Radians a position of the i-th pair.</summary>
    public static double Of(ModelConfig config, int i)
    {
        var frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.RotarySize);
        return config.RopeScaling switch
        {
            RopeScaling.Linear linear => frequency / linear.Factor,
            RopeScaling.Llama3 llama3 => Stretch(frequency, llama3),
            RopeScaling.Yarn yarn => Stretch(frequency, i, config, yarn),
            _ => frequency,
        };
    }

    private static double Stretch(double frequency, RopeScaling.Llama3 scaling)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength > scaling.OriginalContext / scaling.LowFrequencyFactor) return frequency / scaling.Factor;
        if (wavelength < scaling.OriginalContext / scaling.HighFrequencyFactor) return frequency;
        var blend = (scaling.OriginalContext / wavelength - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return frequency * ((1 - blend) / scaling.Factor + blend);
    }

    private static double Stretch(double frequency, int i, ModelConfig config, RopeScaling.Yarn scaling)
    {
        var (first, last) = (PairOf(scaling.FastTurns), PairOf(scaling.SlowTurns));
        if (scaling.Truncate) (first, last) = (Math.Floor(first), Math.Ceiling(last));
        (first, last) = (Math.Max(first, 0), Math.Min(last, config.RotarySize - 1));
        // Bounds that meet would divide by zero.
        var divided = Math.Clamp((i - first) / Math.Max(last - first, 0.001), 0, 1);
        return frequency / scaling.Factor * divided + frequency * (1 - divided);

        // The pair that makes so many turns over the original context.
        double PairOf(double turns) => config.RotarySize * Math.Log(scaling.OriginalContext / (2 * Math.PI * turns)) / (2 * Math.Log(config.RopeTheta));
    }
}
