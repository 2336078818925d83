using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// A group's search for the border of a row's kept entries. Buckets hold the entries of equal distance to the largest logit, 1/64 each; the
/// border's bucket is copied to shared memory, and there each entry's rank is counted; where it does not fit, the border is found by bisection over
/// the row. Sums are integers, so their order does not matter.
/// </summary>
internal partial struct DeviceRowFilter
{
    public const int NumBuckets = 2048;
    public const int MaxItems = 1024;
    private const float BucketsPerUnit = 64;

    /// <summary>A probability of 1 times the sum of exponentials; a row of 2^20 entries does not overflow.</summary>
    private const float MassOne = 1L << 40;

    /// <summary>In the buckets' own fixed point 2^18 entries of one bucket do not overflow.</summary>
    private const float BucketMassOne = 1 << 12;

    public ArrayView<int> Counts, Masses, Keys, Entries, Cells;
    public ArrayView<long> Weights, Sums;

    /// <summary>The row's largest scaled logit.</summary>
    public float Largest;

    private int _bucket, _items;
    private long _countAbove, _massAbove;

    /// <summary>exp(x - largest), in fixed point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long Mass(float x) => (long)(DeviceMath.Exp(x - Largest) * MassOne);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Bucket(float x)
    {
        float distance = (Largest - x) * BucketsPerUnit;
        return distance < NumBuckets - 1 ? (int)distance : NumBuckets - 1;
    }

    /// <summary>Counts and weighs the entries of each bucket but the last; gives the mass of all.</summary>
    public long FillBuckets<TElement>(DeviceLogits logits, int vocabulary, bool byCount, bool byMass)
        where TElement : struct, IDeviceElement
    {
        for (int b = Group.IdxX; b < NumBuckets; b += Group.DimX)
        {
            Counts[b] = 0;
            Masses[b] = 0;
        }

        Group.Barrier();
        long mass = 0;
        var ahead = logits.Ahead<TElement>(Group.IdxX * 8, vocabulary);
        for (int v = Group.IdxX * 8; v < vocabulary; v += Group.DimX * 8)
        {
            var x = logits.Scaled(ahead, v);
            ahead = logits.Ahead<TElement>(v + Group.DimX * 8, vocabulary);
            mass += FillQuad(x.Low, byCount, byMass) + FillQuad(x.High, byCount, byMass);
        }

        return GroupSum(mass);
    }

    /// <summary>The k-th largest entry, and all that equal it.</summary>
    public DeviceBorder KeepCount<TElement>(DeviceLogits logits, int vocabulary, int k)
        where TElement : struct, IDeviceElement
    {
        FindBucket(k, false);
        Collect<TElement>(logits, vocabulary, DeviceBorder.None);
        var border = _items <= MaxItems ? Rank(k - _countAbove, false) : DeviceBorder.None;
        if (_items > MaxItems) border.Key = Bisect<TElement>(logits, vocabulary, DeviceBorder.None, k - _countAbove, false);
        border.LastEntry = int.MaxValue;
        return border;
    }

    /// <summary>The mass of the entries down to a border that <see cref="KeepCount"/> has just found.</summary>
    public long MassOfKept<TElement>(DeviceLogits logits, int vocabulary, DeviceBorder border)
        where TElement : struct, IDeviceElement => _massAbove + Sum<TElement>(logits, vocabulary, border, border.Key, int.MaxValue, true);

    /// <summary>Of the entries that <paramref name="kept"/> keeps, the fewest largest with at least this mass; of equals the first.</summary>
    public DeviceBorder KeepMass<TElement>(DeviceLogits logits, int vocabulary, DeviceBorder kept, long mass)
        where TElement : struct, IDeviceElement
    {
        FindBucket((float)mass / MassOne, true);
        Collect<TElement>(logits, vocabulary, kept);
        // Buckets are weighed in 12 bits, so the border may lie in the next one.
        while (_massAbove >= mass && _bucket > 0)
        {
            _bucket--;
            Collect<TElement>(logits, vocabulary, kept);
        }

        while (_bucket < NumBuckets - 1 && _massAbove + Sum<TElement>(logits, vocabulary, kept, 0, int.MaxValue, true) < mass)
        {
            _bucket++;
            Collect<TElement>(logits, vocabulary, kept);
        }

        long needed = mass - _massAbove;
        if (Sum<TElement>(logits, vocabulary, kept, 0, int.MaxValue, true) < needed) return kept;
        if (_items <= MaxItems) return Rank(needed, true);
        var border = DeviceBorder.None;
        border.Key = Bisect<TElement>(logits, vocabulary, kept, needed, true);
        int low = -1, high = vocabulary - 1;
        while (high - low > 1)
        {
            int middle = (int)(((long)low + high) >> 1);
            if (Sum<TElement>(logits, vocabulary, kept, border.Key, middle, true) >= needed) high = middle;
            else low = middle;
        }

        border.LastEntry = high;
        return border;
    }

    private readonly long FillQuad(Floats4 x, bool byCount, bool byMass) =>
        FillOne(x.X, byCount, byMass) + FillOne(x.Y, byCount, byMass) + (FillOne(x.Z, byCount, byMass) + FillOne(x.W, byCount, byMass));

    private readonly long FillOne(float x, bool byCount, bool byMass)
    {
        int bucket = Bucket(x);
        // The last bucket is never chosen by its contents, and in a steep row all threads would meet there.
        if (bucket < NumBuckets - 1)
        {
            if (byCount) Atomic.Add(ref Counts[bucket], 1);
            if (byMass) Atomic.Add(ref Masses[bucket], (int)(DeviceMath.Exp(x - Largest + bucket * (1 / BucketsPerUnit)) * BucketMassOne + 0.5f));
        }

        return Mass(x);
    }
}
