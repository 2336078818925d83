using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// One group. Each warp takes a run of choices and counts by expert; then every run knows where its choices of an expert begin, whatever ran first.
public static partial class ExpertRouting
{
    private const int OrderThreads = 512;
    private const int OrderWarps = OrderThreads / WarpSize;

    internal static void Order(PlanArguments a)
    {
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, warps = Group.DimX >> 5;
        var counts = SharedMemory.Allocate<int>(OrderWarps * MaxLocalExperts);        // [warps, experts]
        for (int i = Group.IdxX; i < warps * a.NumExperts; i += Group.DimX) counts[i] = 0;
        Group.Barrier();
        int run = (a.Choices + warps * WarpSize - 1) / (warps * WarpSize) * WarpSize, first = warp * run, own = warp * a.NumExperts;
        for (int i = first + lane; i < first + run; i += WarpSize)
        {
            int expert = Local(a, i);
            uint same = Match(expert);
            if (expert >= 0 && (same & Below(lane)) == 0) counts[own + expert] += Bits(same);
            Warp.Barrier();
        }

        Group.Barrier();
        for (int e = Group.IdxX; e < a.NumExperts; e += Group.DimX)
        {
            int total = 0;
            for (int w = 0; w < warps; w++)
            {
                int count = counts[w * a.NumExperts + e];
                counts[w * a.NumExperts + e] = total;
                total += count;
            }

            Global.StoreInt(a.Counts + e * 4L, total);
        }

        Group.Barrier();
        for (int i = first + lane; i < first + run; i += WarpSize)
        {
            int expert = Local(a, i);
            uint same = Match(expert);
            int row = expert < 0 ? -1 : expert * a.Capacity + counts[own + expert] + Bits(same & Below(lane));
            Warp.Barrier();
            if (expert >= 0 && (same & Below(lane)) == 0) counts[own + expert] += Bits(same);
            Warp.Barrier();
            if (i < a.Choices) Global.StoreInt(a.RowOf + i * 4L, row);
        }
    }

    /// <summary>The choice's expert as this rank counts; negative where it is not here.</summary>
    private static int Local(PlanArguments a, int choice)
    {
        if (choice >= a.Choices) return -1;
        int expert = Global.ReadInt(a.Chosen + choice * 4L) - a.FirstExpert;
        return expert >= 0 && expert < a.NumExperts ? expert : -1;
    }

    /// <summary>The lanes that hold the same value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Match(int value)
    {
        if (!CudaAsm.IsSupported) return SimulateMatch(value);
        Output<uint> lanes = default;
        Input<int> sought = value;
        CudaAsm.EmitRef("match.any.sync.b32 %0, %1, -1;", ref lanes, ref sought);
        return lanes.Value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint SimulateMatch(int value)
    {
        uint lanes = 0;
        for (int lane = 0; lane < WarpSize; lane++)
            if (Warp.Shuffle(value, lane) == value) lanes |= 1u << lane;
        return lanes;
    }

    private static uint Below(int lane) => (1u << lane) - 1;

    private static int Bits(uint mask) => IntrinsicMath.PopCount(mask);
}
