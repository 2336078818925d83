using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

public static unsafe partial class SiluMul
{
    private static void Dispatch<TElement>(TElement* gateUp, TElement* output, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(gateUp, output, width);
        else Run<TElement, Lanes256>(gateUp, output, width);
    }

    internal static void Run<TElement, TLanes>(TElement* gateUp, TElement* output, int width)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (one, zero) = (TLanes.Broadcast(1), TLanes.Broadcast(0));
        var up = gateUp + width;
        var i = 0;
        for (; i + TLanes.Count <= width; i += TLanes.Count)
        {
            var gate = TElement.LoadLanes<TLanes>(gateUp + i);
            var silu = TLanes.Divide(gate, TLanes.Add(one, TLanes.Exp(TLanes.Subtract(zero, gate))));
            TElement.StoreLanes(TLanes.Multiply(silu, TElement.LoadLanes<TLanes>(up + i)), output + i);
        }

        for (; i < width; i++)
        {
            var gate = TElement.Load(gateUp + i);
            TElement.Store(gate / (1 + MathF.Exp(-gate)) * TElement.Load(up + i), output + i);
        }
    }
}
