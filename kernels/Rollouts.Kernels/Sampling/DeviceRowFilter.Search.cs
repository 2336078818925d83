using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// The search itself: a bucket, its entries, and among them the border.
internal partial struct DeviceRowFilter
{
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

    private readonly float Weight(int bucket,
        bool byMass) => byMass ? Masses[bucket] * DeviceMath.Exp(bucket * (-1 / BucketsPerUnit)) * (1 / BucketMassOne) : Counts[bucket];

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

    /// <summary>The one of the copied entries with which those before it, the larger and of equals the first, reach
    /// <paramref name="needed"/>.</summary>
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
        uint low = _bucket == NumBuckets - 1 ? 0 : DeviceBorder.Order(Largest - (_bucket + 1.01f) / BucketsPerUnit),
            high = DeviceBorder.Order(Largest - (_bucket - 0.01f) / BucketsPerUnit);
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
                if (v + i < vocabulary && Bucket(value) == _bucket && kept.Keeps(order, v + i) && border.Keeps(order,
                    v + i)) sum += byMass ? Mass(value) : 1;
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

    internal static float Pick(Floats8 x, int i)
    {
        var half = i < 4 ? x.Low : x.High;
        int place = i & 3;
        return place < 2 ? (place == 0 ? half.X : half.Y) : (place == 2 ? half.Z : half.W);
    }
}
