using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A partial result over some of a row's entries: the winner so far, and largest and sum of exponentials for the log-probability.</summary>
internal struct DeviceRace
{
    /// <summary>No entry yet.</summary>
    public const int None = int.MaxValue;

    /// <summary>Of the winner: its logit with noise, and the logit that its log-probability is of.</summary>
    public float Best, Chosen;

    /// <summary>Of the logits that log-probabilities are of: the largest, and the sum of exp(logit - largest).</summary>
    public float Largest, Sum;

    public int Winner;

    // The largest begins at a finite number, so that nothing is subtracted from minus infinity.
    public static DeviceRace Start => new() { Best = float.NegativeInfinity, Largest = -1e30f, Winner = None };

    /// <summary>Natural log of the winner's probability.</summary>
    public readonly float LogProb => Chosen - Largest - DeviceMath.Ln2 * DeviceMath.Log2(Sum);

    /// <summary>Entries must come by rising index: of equals the first stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Try(int entry, float noisy, float logit)
    {
        if (!(noisy > Best)) return;
        Best = noisy;
        Winner = entry;
        Chosen = logit;
    }

    /// <summary>The winner is given: takes it where it is among these eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(int token, int start, Floats8 logits)
    {
        if (token < start || token >= start + 8) return;
        Best = 0;
        Winner = token;
        Chosen = DeviceRowFilter.Pick(logits, token - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Weigh(Floats8 x)
    {
        float high = DeviceMath.Max(Max(x.Low), Max(x.High));
        high = DeviceMath.Max(high, Largest);
        float shift = high * DeviceMath.Log2E;
        // The difference first: contracted to one operation, a product minus its own rounded self would not be 0.
        Sum = Sum * DeviceMath.Exp2((Largest - high) * DeviceMath.Log2E) + (Exponentials(x.Low, shift) + Exponentials(x.High, shift));
        Largest = high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Merge(DeviceRace other)
    {
        if (other.Best > Best || (other.Best == Best && other.Winner < Winner))
        {
            Best = other.Best;
            Winner = other.Winner;
            Chosen = other.Chosen;
        }

        float high = DeviceMath.Max(Largest, other.Largest);
        Sum = Sum * DeviceMath.Exp2((Largest - high) * DeviceMath.Log2E) + other.Sum * DeviceMath.Exp2((other.Largest - high) * DeviceMath.Log2E);
        Largest = high;
    }

    /// <summary>Merges a warp's in a fixed order; every lane has the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MergeWarp()
    {
        for (int mask = 16; mask > 0; mask >>= 1)
        {
            Merge(new DeviceRace
            {
                Best = Warp.ShuffleXor(Best, mask),
                Chosen = Warp.ShuffleXor(Chosen, mask),
                Largest = Warp.ShuffleXor(Largest, mask),
                Sum = Warp.ShuffleXor(Sum, mask),
                Winner = Warp.ShuffleXor(Winner, mask),
            });
        }
    }

    /// <summary>Merges a warp's, then a group's, in a fixed order; thread 0 has the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MergeGroup()
    {
        var warps = SharedMemory.Allocate<DeviceRace>(32);
        MergeWarp();
        if ((Group.IdxX & 31) == 0) warps[Group.IdxX >> 5] = this;
        Group.Barrier();
        if (Group.IdxX == 0)
            for (int w = 1; w < Group.DimX >> 5; w++) Merge(warps[w]);
    }

    private static float Max(Floats4 x) => DeviceMath.Max(DeviceMath.Max(x.X, x.Y), DeviceMath.Max(x.Z, x.W));

    private static float Exponentials(Floats4 x, float shift) =>
        DeviceMath.Exp2(x.X * DeviceMath.Log2E - shift) + DeviceMath.Exp2(x.Y * DeviceMath.Log2E - shift)
        + (DeviceMath.Exp2(x.Z * DeviceMath.Log2E - shift) + DeviceMath.Exp2(x.W * DeviceMath.Log2E - shift));
}
