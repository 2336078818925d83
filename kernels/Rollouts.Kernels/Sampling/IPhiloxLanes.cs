namespace Rollouts.Kernels;

/// <summary>Philox for many counters at once.</summary>
internal unsafe interface IPhiloxLanes
{
    /// <summary>Words that a call gives.</summary>
    static abstract int Words { get; }

    /// <summary>
    /// 1 - u for the words of consecutive counters, in the order of the vocabulary: exact, for u = ((w >> 9) + 0.5) * 2^-23 has 24 bits.
    /// </summary>
    /// <param name="counter">The first counter.</param>
    /// <param name="to">[Words].</param>
    static abstract void Complements(uint counter, uint position, uint k0, uint k1, float* to);
}
