using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// One warp a token; a lane has every 32nd expert.
public static partial class ExpertRouting
{
    private const int WarpSize = 32;

    internal static void Choose(RouterArguments a)
    {
        int lane = Group.IdxX, token = Grid.IdxX;
        var scores = SharedMemory.Allocate<float>(ExpertRouter.MaxExperts);
        var ranks = SharedMemory.Allocate<float>(ExpertRouter.MaxExperts);
        var groups = SharedMemory.Allocate<float>(2 * ExpertRouter.MaxExperts);        // [groups] ranks, [groups] whether taken
        Score(a, scores, token, lane);
        for (int e = lane; e < a.NumExperts; e += WarpSize) ranks[e] = scores[e] + (a.Bias != 0 ? Global.ReadFloat(a.Bias + e * 4L) : 0);
        Group.Barrier();
        if (a.NumChosenGroups < a.NumGroups) LeaveGroups(a, ranks, groups, lane);

        float sum = 0, first = 0;
        for (int k = 0; k < a.NumChosen; k++)
        {
            int expert = TakeLargest(ranks, a.NumExperts, lane);
            float weight = scores[expert];
            sum += weight;
            if (lane == 0) Global.StoreInt(a.Chosen + ((long)token * a.NumChosen + k) * 4, expert);
            // Up to 32 experts of a token: a lane keeps each one's weight.
            if (lane == k) first = weight;
        }

        float factor = a.Normalise != 0 ? a.Scale / (sum + 1e-20f) : a.Scale;
        if (lane < a.NumChosen) Global.StoreFloat(a.Weights + ((long)token * a.NumChosen + lane) * 4, first * factor);
    }

    private static void Score(RouterArguments a, ArrayView<float> scores, int token, int lane)
    {
        long logits = a.Logits + (long)token * a.NumExperts * 4;
        if (a.Sigmoid != 0)
        {
            for (int e = lane; e < a.NumExperts; e += WarpSize) scores[e] = 1 / (1 + DeviceMath.Exp(-Global.ReadFloat(logits + e * 4L)));
            return;
        }

        float largest = float.NegativeInfinity, sum = 0;
        for (int e = lane; e < a.NumExperts; e += WarpSize) largest = DeviceMath.Max(largest, Global.ReadFloat(logits + e * 4L));
        largest = DeviceMath.WarpMax(largest);
        for (int e = lane; e < a.NumExperts; e += WarpSize)
        {
            float x = DeviceMath.Exp(Global.ReadFloat(logits + e * 4L) - largest);
            scores[e] = x;
            sum += x;
        }

        sum = DeviceMath.WarpSum(sum);
        for (int e = lane; e < a.NumExperts; e += WarpSize) scores[e] /= sum;
    }

    /// <summary>Experts outside of the best groups rank below all others. A group ranks as its best expert, or as its two best together where there
    /// is a bias.</summary>
    private static void LeaveGroups(RouterArguments a, ArrayView<float> ranks, ArrayView<float> groups, int lane)
    {
        int size = a.NumExperts / a.NumGroups;
        for (int g = lane; g < a.NumGroups; g += WarpSize)
        {
            float best = float.NegativeInfinity, second = float.NegativeInfinity;
            for (int e = g * size; e < (g + 1) * size; e++)
            {
                float rank = ranks[e];
                second = DeviceMath.Max(second, rank < best ? rank : best);
                best = DeviceMath.Max(best, rank);
            }

            groups[g] = a.Bias != 0 && size > 1 ? best + second : best;
            groups[a.NumGroups + g] = 0;
        }

        Group.Barrier();
        for (int k = 0; k < a.NumChosenGroups; k++)
        {
            int taken = TakeLargest(groups, a.NumGroups, lane);
            if (lane == 0) groups[a.NumGroups + taken] = 1;
            Group.Barrier();
        }

        for (int e = lane; e < a.NumExperts; e += WarpSize)
            if (groups[a.NumGroups + e / size] != 1) ranks[e] = float.NegativeInfinity;
        Group.Barrier();
    }

    /// <summary>The index of the largest, of equals the lowest, which is then out of the race. All lanes get it.</summary>
    private static int TakeLargest(ArrayView<float> values, int count, int lane)
    {
        float best = float.NegativeInfinity;
        int index = int.MaxValue;
        for (int i = lane; i < count; i += WarpSize)
        {
            float value = values[i];
            if (!(value > best) && index != int.MaxValue) continue;
            best = value;
            index = i;
        }

        for (int mask = 16; mask > 0; mask >>= 1)
        {
            float other = Warp.ShuffleXor(best, mask);
            int place = Warp.ShuffleXor(index, mask);
            if (other < best || (other == best && place > index) || place == int.MaxValue) continue;
            best = other;
            index = place;
        }

        Group.Barrier();
        if (lane == 0) values[index] = float.NegativeInfinity;
        Group.Barrier();
        return index;
    }
}
