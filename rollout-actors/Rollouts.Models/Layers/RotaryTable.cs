using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Cosines and sines of every position, [position, head size / 2] in float.</summary>
internal sealed unsafe class RotaryTable : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly int _half;
    private readonly int _positions;

    public RotaryTable(ModelConfig config, int positions)
    {
        _half = config.HeadSize / 2;
        _positions = positions;
        _memory = new NativeBuffer(2L * positions * _half * sizeof(float));
        for (var i = 0; i < _half; i++)
        {
            // In float from here on, as the reference implementations take it.
            var frequency = (float)Frequency(config, i);
            for (var p = 0; p < positions; p++)
            {
                var angle = p * frequency;
                Cosines(p)[i] = (float)Math.Cos(angle);
                Sines(p)[i] = (float)Math.Sin(angle);
            }
        }
    }

    public float* Cosines(int position) => (float*)_memory.Address + (long)position * _half;

    public float* Sines(int position) => (float*)_memory.Address + ((long)_positions + position) * _half;

    public void Dispose() => _memory.Dispose();

    /// <summary>Radians a position of the i-th pair.</summary>
    internal static double Frequency(ModelConfig config, int i)
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
