using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

/// <summary>The sum of several buffers' elements, written back into all of them. Summed in the order of the buffers, in float, so that every one holds the same bits.</summary>
public static unsafe partial class AllReduce
{
    /// <summary>Sums a part of the buffers; parts may be summed by different threads.</summary>
    /// <param name="buffers">[count] addresses.</param>
    /// <param name="type">What they hold.</param>
    /// <param name="first">The part's first element.</param>
    /// <param name="length">Its elements.</param>
    public static void Run(ReadOnlySpan<nint> buffers, ElementType type, long first, long length)
    {
        if (type == ElementType.Float32) Dispatch<Float32>(buffers, first, length);
        else Dispatch<BFloat16>(buffers, first, length);
    }

    private static void Dispatch<TElement>(ReadOnlySpan<nint> buffers, long first, long length)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(buffers, first, length);
        else Run<TElement, Lanes256>(buffers, first, length);
    }

    internal static void Run<TElement, TLanes>(ReadOnlySpan<nint> buffers, long first, long length)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (i, end) = (first, first + length);
        for (; i + TLanes.Count <= end; i += TLanes.Count)
        {
            var sum = TElement.LoadLanes<TLanes>((TElement*)buffers[0] + i);
            for (var b = 1; b < buffers.Length; b++) sum = TLanes.Add(sum, TElement.LoadLanes<TLanes>((TElement*)buffers[b] + i));
            foreach (var buffer in buffers) TElement.StoreLanes(sum, (TElement*)buffer + i);
        }

        for (; i < end; i++)
        {
            var sum = TElement.Load((TElement*)buffers[0] + i);
            for (var b = 1; b < buffers.Length; b++) sum += TElement.Load((TElement*)buffers[b] + i);
            foreach (var buffer in buffers) TElement.Store(sum, (TElement*)buffer + i);
        }
    }
}
