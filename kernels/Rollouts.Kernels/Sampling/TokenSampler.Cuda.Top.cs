using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// Rows that ask for their likeliest tokens: one group a row. Each thread knows the best of its own entries; the best of all is taken, and its owner's warp looks for
// the owner's next.
public static partial class TokenSampler
{
    /// <summary>Likeliest tokens of a row at most.</summary>
    public const int MaxTop = 32;

    private const int TopThreads = 512;
    private const int MaxWarps = 32;

    private static readonly KernelFamily<SamplerArguments> TopFamily = new(
        new Kernel<SamplerArguments>("sample top float32", Top<DeviceFloat32>, TopThreads, 2),
        new Kernel<SamplerArguments>("sample top bf16", Top<DeviceBFloat16>, TopThreads, 2),
        new Kernel<SamplerArguments>("sample top fp16", Top<DeviceFloat16>, TopThreads, 2));

    /// <summary>Finds the likeliest tokens of every row that wants some, with their log-probabilities, of the model's own logits; of equals the lower index first.</summary>
    /// <param name="rows">Its tokens are not written.</param>
    /// <param name="tokens">int [rows, <see cref="MaxTop"/>], written as far as is wanted.</param>
    /// <param name="logProbs">float [rows, <see cref="MaxTop"/>], likewise: natural log.</param>
    public static void FindTop(KernelDevice device, in SampledRows rows, nint tokens, nint logProbs)
    {
        if (rows.Stride % Step != 0) throw new ArgumentException($"logits rows of {rows.Stride}: the GPU sampler takes a stride that is a multiple of {Step}");
        device.Launch(TopFamily.For(rows.Type), new Index3D(rows.NumRows, 1, 1), Math.Min(Math.Min(TopThreads, device.MaxThreads), RoundedThreads(rows.Vocabulary)), new SamplerArguments
        {
            Logits = rows.Logits, Settings = rows.Settings, Tokens = tokens, LogProbs = logProbs, Vocabulary = rows.Vocabulary, Stride = rows.Stride,
        });
    }

    internal static void Top<TElement>(SamplerArguments a)
        where TElement : struct, IDeviceElement
    {
        int row = Grid.IdxX, wanted = Global.ReadInt(a.Settings + row * SettingsBytes + NumTopAt);
        if (wanted == 0) return;
        var logits = DeviceLogits.Of(a.Logits + (long)row * a.Stride * TElement.Bytes, a.Vocabulary, default, 0);
        var bests = SharedMemory.Allocate<float>(MaxWarps);
        var entries = SharedMemory.Allocate<int>(MaxWarps);
        var logSum = SharedMemory.Allocate<float>(1);
        var race = RunAll<TElement>(logits, a.Vocabulary);
        float best = race.Best;
        int entry = race.Winner;
        race.MergeGroup();
        if (Group.IdxX == 0) logSum[0] = race.Largest + DeviceMath.Ln2 * DeviceMath.Log2(race.Sum);
        for (int k = 0; k < wanted; k++)
        {
            float winner = best;
            int place = entry;
            MergeWarp(ref winner, ref place);
            Group.Barrier();
            if ((Group.IdxX & 31) == 0)
            {
                bests[Group.IdxX >> 5] = winner;
                entries[Group.IdxX >> 5] = place;
            }

            Group.Barrier();
            winner = bests[0];
            place = entries[0];
            for (int w = 1; w < Group.DimX >> 5; w++) Merge(ref winner, ref place, bests[w], entries[w]);
            if (Group.IdxX == 0)
            {
                long at = ((long)row * MaxTop + k) * 4;
                Global.StoreInt(a.Tokens + at, place == DeviceRace.None ? 0 : place);
                Global.StoreFloat(a.LogProbs + at, winner - logSum[0]);
            }

            int owner = place / Step % Group.DimX;
            if (place == DeviceRace.None || owner >> 5 != Group.IdxX >> 5) continue;
            float next = winner;
            int after = place;
            FindNext<TElement>(logits, a.Vocabulary, owner, ref next, ref after);
            if (Group.IdxX != owner) continue;
            best = next;
            entry = after;
        }
    }

    private const int NumTopAt = 44;

    private static DeviceRace RunAll<TElement>(DeviceLogits logits, int vocabulary)
        where TElement : struct, IDeviceElement
    {
        var race = DeviceRace.Start;
        int first = Group.IdxX * Step, stride = Group.DimX * Step;
        var ahead = logits.Ahead<TElement>(first, vocabulary);
        for (int v = first; v < vocabulary; v += stride)
        {
            var raw = ahead;
            ahead = logits.Ahead<TElement>(v + stride, vocabulary);
            race.Weigh(raw);
            TryQuad(ref race, v, raw.Low, raw.Low);
            TryQuad(ref race, v + 4, raw.High, raw.High);
        }

        return race;
    }

    /// <summary>The best of a thread's entries after the one that was taken; its whole warp looks.</summary>
    private static void FindNext<TElement>(DeviceLogits logits, int vocabulary, int owner, ref float value, ref int entry)
        where TElement : struct, IDeviceElement
    {
        float taken = value, best = float.NegativeInfinity;
        int takenEntry = entry, place = DeviceRace.None, stride = Group.DimX * Step;
        for (int v = owner * Step + (Group.IdxX & 31) * stride; v < vocabulary; v += 32 * stride)
        {
            var x = logits.Raw<TElement>(v);
            for (int i = 0; i < Step; i++)
            {
                float candidate = DeviceRowFilter.Pick(x, i);
                bool isAfter = candidate < taken || (candidate == taken && v + i > takenEntry);
                if (!isAfter || !(candidate > best)) continue;
                best = candidate;
                place = v + i;
            }
        }

        MergeWarp(ref best, ref place);
        value = best;
        entry = place;
    }

    private static void MergeWarp(ref float best, ref int place)
    {
        for (int mask = 16; mask > 0; mask >>= 1) Merge(ref best, ref place, Warp.ShuffleXor(best, mask), Warp.ShuffleXor(place, mask));
    }

    private static void Merge(ref float best, ref int place, float other, int otherPlace)
    {
        if (!(other > best) && !(other == best && otherPlace < place)) return;
        best = other;
        place = otherPlace;
    }
}
