using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

/// <summary>What a token's experts say becomes one row: the weighted sum of their outputs, in the order in which they were chosen.</summary>
public static unsafe class ExpertCombine
{
    /// <summary>One token.</summary>
    /// <param name="rows">[rows, width] of <paramref name="type"/>: outputs ordered by expert.</param>
    /// <param name="output">[width] of <paramref name="type"/>.</param>
    /// <param name="add">Whether the output's own content stays in the sum: what shared experts said.</param>
    public static void Run(ExpertPlan plan, int token, nint rows, nint output, ElementType type, int width, bool add)
    {
        if (type == ElementType.Float32) Dispatch(plan, token, (Float32*)rows, (Float32*)output, width, add);
        else Dispatch(plan, token, (BFloat16*)rows, (BFloat16*)output, width, add);
    }

    private static void Dispatch<TElement>(ExpertPlan plan, int token, TElement* rows, TElement* output, int width, bool add)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Run<TElement, Lanes512>(plan, token, rows, output, width, add);
        else Run<TElement, Lanes256>(plan, token, rows, output, width, add);
    }

    internal static void Run<TElement, TLanes>(ExpertPlan plan, int token, TElement* rows, TElement* output, int width, bool add)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var weights = plan.Weights(token);
        var i = 0;
        for (; i + TLanes.Count <= width; i += TLanes.Count)
        {
            var sum = add ? TElement.LoadLanes<TLanes>(output + i) : TLanes.Broadcast(0);
            for (var k = 0; k < plan.NumChosen; k++)
                if (plan.RowOf(token, k) is >= 0 and var row) sum = TLanes.MultiplyAdd(TLanes.Broadcast(weights[k]), TElement.LoadLanes<TLanes>(rows + (long)row * width + i), sum);
            TElement.StoreLanes(sum, output + i);
        }

        for (; i < width; i++)
        {
            var sum = add ? TElement.Load(output + i) : 0;
            for (var k = 0; k < plan.NumChosen; k++)
                if (plan.RowOf(token, k) is >= 0 and var row) sum = MathF.FusedMultiplyAdd(weights[k], TElement.Load(rows + (long)row * width + i), sum);
            TElement.Store(sum, output + i);
        }
    }
}
