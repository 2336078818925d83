using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

public static unsafe partial class Rotary
{
    private static void Dispatch<TElement>(TElement* head, float* cosines, float* sines, int half)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated && half >= 16) Run<TElement, Lanes512>(head, cosines, sines, half);
        else Run<TElement, Lanes256>(head, cosines, sines, half);
    }

    internal static void Run<TElement, TLanes>(TElement* head, float* cosines, float* sines, int half)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var i = 0;
        for (; i + TLanes.Count <= half; i += TLanes.Count)
        {
            var (first, second) = (TElement.LoadLanes<TLanes>(head + i), TElement.LoadLanes<TLanes>(head + half + i));
            var (cos, sin) = (TLanes.Load(cosines + i), TLanes.Load(sines + i));
            TElement.StoreLanes(TLanes.Subtract(TLanes.Multiply(first, cos), TLanes.Multiply(second, sin)), head + i);
            TElement.StoreLanes(TLanes.MultiplyAdd(second, cos, TLanes.Multiply(first, sin)), head + half + i);
        }

        for (; i < half; i++)
        {
            var (first, second) = (TElement.Load(head + i), TElement.Load(head + half + i));
            TElement.Store(first * cosines[i] - second * sines[i], head + i);
            TElement.Store(second * cosines[i] + first * sines[i], head + half + i);
        }
    }

    /// <summary>Only the small rotary part of a latent model's heads comes here, so no vectors.</summary>
    private static void RunPairs<TElement>(TElement* head, float* cosines, float* sines, int half)
        where TElement : unmanaged, IElement<TElement>
    {
        for (var i = 0; i < half; i++)
        {
            var (first, second) = (TElement.Load(head + 2 * i), TElement.Load(head + 2 * i + 1));
            TElement.Store(first * cosines[i] - second * sines[i], head + 2 * i);
            TElement.Store(second * cosines[i] + first * sines[i], head + 2 * i + 1);
        }
    }
}
