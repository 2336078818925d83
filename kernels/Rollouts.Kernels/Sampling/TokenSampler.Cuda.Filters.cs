using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// Rows with top_k, top_p or min_p: one group a row, which passes over the row a few times.
public static partial class TokenSampler
{
    internal static void SampleFiltered<TElement>(SamplerArguments a)
        where TElement : struct, IDeviceElement
    {
        int row = Grid.IdxX;
        var settings = Settings(a, row);
        if (!settings.HasFilters) return;
        int position = Global.ReadInt(a.Positions + row * 4L);
        bool processed = settings.ProcessedLogProb != 0;
        var logits = DeviceLogits.Of(a.Logits + (long)row * a.Stride * TElement.Bytes, a.Vocabulary, settings, position);
        var filter = new DeviceRowFilter
        {
            Counts = SharedMemory.Allocate<int>(DeviceRowFilter.NumBuckets),
            Masses = SharedMemory.Allocate<int>(DeviceRowFilter.NumBuckets),
            Keys = SharedMemory.Allocate<int>(DeviceRowFilter.MaxItems),
            Entries = SharedMemory.Allocate<int>(DeviceRowFilter.MaxItems),
            Cells = SharedMemory.Allocate<int>(4),
            Weights = SharedMemory.Allocate<long>(DeviceRowFilter.MaxItems),
            Sums = SharedMemory.Allocate<long>(32),
        };

        var race = DeviceRace.Start;
        float largest = float.NegativeInfinity;
        int first = Group.IdxX * Step, stride = Group.DimX * Step;
        var ahead = logits.Ahead<TElement>(first, a.Vocabulary);
        for (int v = first; v < a.Vocabulary; v += stride)
        {
            var raw = ahead;
            ahead = logits.Ahead<TElement>(v + stride, a.Vocabulary);
            if (!processed) race.Weigh(raw);
            largest = DeviceMath.Max(largest, Largest(logits.Scaled(raw, v)));
        }

        filter.Largest = GroupMax(largest);
        var border = DeviceBorder.None;
        bool byCount = settings.TopK > 0 && settings.TopK < a.Vocabulary, byMass = settings.TopP < 1;
        if (byCount || byMass)
        {
            long mass = filter.FillBuckets<TElement>(logits, a.Vocabulary, byCount, byMass);
            if (byCount) border = filter.KeepCount<TElement>(logits, a.Vocabulary, settings.TopK);
            if (byMass)
            {
                if (byCount) mass = filter.MassOfKept<TElement>(logits, a.Vocabulary, border);
                double share = settings.TopP * (double)mass;
                long needed = (long)share;
                if (needed < share) needed++;
                border = filter.KeepMass<TElement>(logits, a.Vocabulary, border, needed < 1 ? 1 : needed);
            }
        }

        // min_p 0 is a threshold of minus infinity.
        float threshold = filter.Largest + settings.LogMinP;
        ahead = logits.Ahead<TElement>(first, a.Vocabulary);
        for (int v = first; v < a.Vocabulary; v += stride)
        {
            var raw = ahead;
            ahead = logits.Ahead<TElement>(v + stride, a.Vocabulary);
            var scaled = logits.Scaled(raw, v);
            var kept = new Floats8(Keep(border, threshold, v, scaled.Low), Keep(border, threshold, v + 4, scaled.High));
            if (processed) race.Weigh(kept);
            var judged = processed ? kept : raw;
            if (Largest(kept.Low) > float.NegativeInfinity) TryQuad(ref race, v, kept.Low + Noise(v, position, settings), judged.Low);
            if (Largest(kept.High) > float.NegativeInfinity) TryQuad(ref race, v + 4, kept.High + Noise(v + 4, position, settings), judged.High);
        }

        race.MergeGroup();
        if (Group.IdxX == 0) WriteToken(a, row, race, race.LogProb);
    }

    private static Floats4 Keep(DeviceBorder border, float threshold, int v, Floats4 x) =>
        new(Keep(border, threshold, v, x.X), Keep(border, threshold, v + 1, x.Y), Keep(border, threshold, v + 2, x.Z), Keep(border,
            threshold, v + 3, x.W));

    private static float Keep(DeviceBorder border, float threshold, int entry, float x) =>
        x >= threshold && border.Keeps(DeviceBorder.Order(x), entry) ? x : float.NegativeInfinity;

    private static float Largest(Floats8 x) => DeviceMath.Max(Largest(x.Low), Largest(x.High));

    private static float Largest(Floats4 x) => DeviceMath.Max(DeviceMath.Max(x.X, x.Y), DeviceMath.Max(x.Z, x.W));

    private static float GroupMax(float value)
    {
        var warps = SharedMemory.Allocate<float>(32);
        value = DeviceMath.WarpMax(value);
        if ((Group.IdxX & 31) == 0) warps[Group.IdxX >> 5] = value;
        Group.Barrier();
        for (int w = 0; w < Group.DimX >> 5; w++) value = DeviceMath.Max(value, warps[w]);
        return value;
    }
}
