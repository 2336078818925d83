using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>
/// A group's search for the border of a row's kept entries. Buckets hold the entries of equal distance to the largest logit, 1/64 each; the border's bucket
/// is copied to shared memory, and there each entry's rank is counted; where it does not fit, the border is found by bisection over the row. Sums are
/// integers, so their order does not matter.
/// </summary>
internal struct DeviceRowFilter
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

    /// <summary>The bucket where the running total of counts, or of masses, reaches a number; the last where none does.</summary>
    private void FindBucket(float number, bool byMass)
    {
        const int PerLane = NumBuckets / 32;
        Group.Barrier();
        if (Group.IdxX == 0) Cells[0] = NumBuckets - 1;
        Group.Barrier();
        if (Group.IdxX < 32)
        {
            float own = 0;
            for (int b = Group.IdxX * PerLane; b < (Group.IdxX + 1) * PerLane; b++) own += Weight(b, byMass);
            float before = 0;
            for (int lane = 0; lane < 32; lane++)
            {
                float other = Warp.Shuffle(own, lane);
                if (lane < Group.IdxX) before += other;
            }

            if (before < number && number <= before + own)
            {
                int b = Group.IdxX * PerLane;
                for (float total = before + Weight(b, byMass); total < number && b < (Group.IdxX + 1) * PerLane - 1; total += Weight(b, byMass)) b++;
                Cells[0] = b;
            }
        }

        Group.Barrier();
        _bucket = Cells[0];
    }

    private readonly float Weight(int bucket, bool byMass) => byMass ? Masses[bucket] * DeviceMath.Exp(bucket * (-1 / BucketsPerUnit)) * (1 / BucketMassOne) : Counts[bucket];

    /// <summary>Copies the bucket's kept entries to shared memory, as far as they fit, and sums what lies above.</summary>
    private void Collect<TElement>(DeviceLogits logits, int vocabulary, DeviceBorder kept)
        where TElement : struct, IDeviceElement
    {
        Group.Barrier();
        if (Group.IdxX == 0) Cells[1] = 0;
        Group.Barrier();
        long count = 0, mass = 0;
        var ahead = logits.Ahead<TElement>(Group.IdxX * 8, vocabulary);
        for (int v = Group.IdxX * 8; v < vocabulary; v += Group.DimX * 8)
        {
            var x = logits.Scaled(ahead, v);
            ahead = logits.Ahead<TElement>(v + Group.DimX * 8, vocabulary);
            for (int i = 0; i < 8; i++)
            {
                float value = Pick(x, i);
                uint key = DeviceBorder.Order(value);
                int bucket = Bucket(value);
                if (bucket > _bucket || v + i >= vocabulary || !kept.Keeps(key, v + i)) continue;
                if (bucket < _bucket)
                {
                    count++;
                    mass += Mass(value);
                    continue;
                }

                int place = Atomic.Add(ref Cells[1], 1);
                if (place >= MaxItems) continue;
                Keys[place] = (int)key;
                Entries[place] = v + i;
                Weights[place] = Mass(value);
            }
        }

        _countAbove = GroupSum(count);
        _massAbove = GroupSum(mass);
        _items = Cells[1];
    }

    /// <summary>The one of the copied entries with which those before it, the larger and of equals the first, reach <paramref name="needed"/>.</summary>
    private readonly DeviceBorder Rank(long needed, bool byMass)
    {
        for (int i = Group.IdxX; i < _items; i += Group.DimX)
        {
            var own = new DeviceBorder { Key = (uint)Keys[i], LastEntry = Entries[i] };
            long reached = 0;
            for (int j = 0; j < _items; j++)
                if (own.Keeps((uint)Keys[j], Entries[j])) reached += byMass ? Weights[j] : 1;
            if (reached < needed || reached - (byMass ? Weights[i] : 1) >= needed) continue;
            Cells[2] = Keys[i];
            Cells[3] = Entries[i];
        }

        Group.Barrier();
        return new DeviceBorder { Key = (uint)Cells[2], LastEntry = Cells[3] };
    }

    /// <summary>The largest key down to which the bucket's entries reach <paramref name="needed"/>.</summary>
    private readonly uint Bisect<TElement>(DeviceLogits logits, int vocabulary, DeviceBorder kept, long needed, bool byMass)
        where TElement : struct, IDeviceElement
    {
        // A little more than the bucket's own values, for they were rounded.
        uint low = _bucket == NumBuckets - 1 ? 0 : DeviceBorder.Order(Largest - (_bucket + 1.01f) / BucketsPerUnit), high = DeviceBorder.Order(Largest - (_bucket - 0.01f) / BucketsPerUnit);
        while (high - low > 1)
        {
            uint middle = low + ((high - low) >> 1);
            if (Sum<TElement>(logits, vocabulary, kept, middle, int.MaxValue, byMass) >= needed) low = middle;
            else high = middle;
        }

        return low;
    }

    /// <summary>Count or mass of the bucket's kept entries that a border keeps.</summary>
    private readonly long Sum<TElement>(DeviceLogits logits, int vocabulary, DeviceBorder kept, uint key, int lastEntry, bool byMass)
        where TElement : struct, IDeviceElement
    {
        var border = new DeviceBorder { Key = key, LastEntry = lastEntry };
        long sum = 0;
        if (_items <= MaxItems)
        {
            for (int i = Group.IdxX; i < _items; i += Group.DimX)
                if (border.Keeps((uint)Keys[i], Entries[i])) sum += byMass ? Weights[i] : 1;
            return GroupSum(sum);
        }

        var ahead = logits.Ahead<TElement>(Group.IdxX * 8, vocabulary);
        for (int v = Group.IdxX * 8; v < vocabulary; v += Group.DimX * 8)
        {
            var x = logits.Scaled(ahead, v);
            ahead = logits.Ahead<TElement>(v + Group.DimX * 8, vocabulary);
            for (int i = 0; i < 8; i++)
            {
                float value = Pick(x, i);
                uint order = DeviceBorder.Order(value);
                if (v + i < vocabulary && Bucket(value) == _bucket && kept.Keeps(order, v + i) && border.Keeps(order, v + i)) sum += byMass ? Mass(value) : 1;
            }
        }

        return GroupSum(sum);
    }

    /// <summary>Every thread gets it.</summary>
    private readonly long GroupSum(long value)
    {
        for (int mask = 16; mask > 0; mask >>= 1) value += Warp.ShuffleXor(value, mask);
        Group.Barrier();
        if ((Group.IdxX & 31) == 0) Sums[Group.IdxX >> 5] = value;
        Group.Barrier();
        value = (Group.IdxX & 31) < Group.DimX >> 5 ? Sums[Group.IdxX & 31] : 0;
        for (int mask = 16; mask > 0; mask >>= 1) value += Warp.ShuffleXor(value, mask);
        return value;
    }

    private static float Pick(Floats8 x, int i)
    {
        var half = i < 4 ? x.Low : x.High;
        int place = i & 3;
        return place < 2 ? (place == 0 ? half.X : half.Y) : (place == 2 ? half.Z : half.W);
    }
}
