using Rollouts.Kernels;

namespace Rollouts.Models;

/// <summary>Cosines and sines of every position, [position, rotary size / 2] in float.</summary>
internal sealed unsafe class RotaryTable : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly int _half;
    private readonly int _positions;

    public RotaryTable(ModelConfig config, int positions)
    {
        _half = config.RotarySize / 2;
        _positions = positions;
        _memory = new NativeBuffer(2L * positions * _half * sizeof(float));
        var factor = config.RopeScaling.AttentionFactor;
        for (var i = 0; i < _half; i++)
        {
            // In float from here on, as the reference implementations take it.
            var frequency = (float)RotaryFrequencies.Of(config, i);
            for (var p = 0; p < positions; p++)
            {
                var angle = p * frequency;
                Cosines(p)[i] = (float)(Math.Cos(angle) * factor);
                Sines(p)[i] = (float)(Math.Sin(angle) * factor);
            }
        }
    }

    public float* Cosines(int position) => (float*)_memory.Address + (long)position * _half;

    public float* Sines(int position) => (float*)_memory.Address + ((long)_positions + position) * _half;

    public void Dispose() => _memory.Dispose();
}
