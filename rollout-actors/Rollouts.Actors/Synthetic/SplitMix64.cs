namespace Rollouts.Actors;

/// <summary>A small seeded generator, the same on every machine.</summary>
/// <remarks>Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators; constants of Vigna's public-domain version.</remarks>
internal struct SplitMix64(ulong state)
{
    private ulong _state = state;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in (0, 1).</summary>
    public double NextUnit() => ((Next() >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>Standard normal (Box and Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());
}
