namespace Rollouts.Models;

/// <summary>The rotary frequencies of a model, stretched as its config says.</summary>
public static class RotaryFrequencies
{
    /// <summary>Radians a position of the i-th pair.</summary>
    public static double Of(ModelConfig config, int i)
    {
        var frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
        return config.RopeScaling switch
        {
            RopeScaling.Linear linear => frequency / linear.Factor,
            RopeScaling.Llama3 llama3 => Stretch(frequency, llama3),
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
}
