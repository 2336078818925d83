using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

public static unsafe partial class RmsNorm
{
    private static void Dispatch<TElement>(float* residual, TElement* delta, float* weight, TElement* output, int width, float epsilon)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(residual, delta, weight, output, width, epsilon);
        else Run<TElement, Lanes256>(residual, delta, weight, output, width, epsilon);
    }

    private static void DispatchInPlace<TElement>(TElement* row, float* weight, int width, float epsilon)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) RunInPlace<TElement, Lanes512>(row, weight, width, epsilon);
        else RunInPlace<TElement, Lanes256>(row, weight, width, epsilon);
    }

    internal static void Run<TElement, TLanes>(float* residual, TElement* delta, float* weight, TElement* output, int width, float epsilon)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = TLanes.Broadcast(0);
        var i = 0;
        for (; i + TLanes.Count <= width; i += TLanes.Count)
        {
            var x = TLanes.Load(residual + i);
            if (delta != null)
            {
                x = TLanes.Add(x, TElement.LoadLanes<TLanes>(delta + i));
                TLanes.Store(x, residual + i);
            }

            sum = TLanes.MultiplyAdd(x, x, sum);
        }

        var squares = TLanes.Sum(sum);
        for (; i < width; i++)
        {
            if (delta != null) residual[i] += TElement.Load(delta + i);
            squares += residual[i] * residual[i];
        }

        var scale = 1 / MathF.Sqrt(squares / width + epsilon);
        var scales = TLanes.Broadcast(scale);
        for (i = 0; i + TLanes.Count <= width; i += TLanes.Count)
            TElement.StoreLanes(TLanes.Multiply(TLanes.Multiply(TLanes.Load(residual + i), scales), TLanes.Load(weight + i)), output + i);
        for (; i < width; i++) TElement.Store(residual[i] * scale * weight[i], output + i);
    }

    internal static void RunInPlace<TElement, TLanes>(TElement* row, float* weight, int width, float epsilon)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = TLanes.Broadcast(0);
        var i = 0;
        for (; i + TLanes.Count <= width; i += TLanes.Count)
        {
            var x = TElement.LoadLanes<TLanes>(row + i);
            sum = TLanes.MultiplyAdd(x, x, sum);
        }

        var squares = TLanes.Sum(sum);
        for (; i < width; i++) squares += TElement.Load(row + i) * TElement.Load(row + i);

        var scale = 1 / MathF.Sqrt(squares / width + epsilon);
        var scales = TLanes.Broadcast(scale);
        for (i = 0; i + TLanes.Count <= width; i += TLanes.Count)
            TElement.StoreLanes(TLanes.Multiply(TLanes.Multiply(TElement.LoadLanes<TLanes>(row + i), scales), TLanes.Load(weight + i)), row + i);
        for (; i < width; i++) TElement.Store(TElement.Load(row + i) * scale * weight[i], row + i);
    }
}
