using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rollouts.Kernels;

// Shapes: M rows, K input width, N output width.
public static unsafe partial class Linear
{
    private const int TileRows = 4;
    private const int TileOutputs = 2;
    private const int SingleRowOutputs = 4;

    /// <summary>Outputs whose weights stay in the second cache while all rows pass over them.</summary>
    private const int BlockOutputs = 32;

    private static void DispatchPrepare<TElement>(TElement* input, float* prepared, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Prepare<TElement, Lanes512>(input, prepared, width);
        else Prepare<TElement, Lanes256>(input, prepared, width);
    }

    private static void Dispatch<TElement>(in LinearOperands operands, int item)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Vector512.IsHardwareAccelerated) Multiply<TElement, Lanes512>(operands, item);
        else Multiply<TElement, Lanes256>(operands, item);
    }

    internal static void Prepare<TElement, TLanes>(TElement* input, float* prepared, int width)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var k = 0;
        for (; k + 2 * TLanes.Count <= width; k += 2 * TLanes.Count)
        {
            TElement.LoadPair<TLanes>(input + k, out var first, out var second);
            TLanes.Store(first, prepared + k);
            TLanes.Store(second, prepared + k + TLanes.Count);
        }

        for (; k < width; k++) prepared[k] = TElement.Load(input + k);
    }

    internal static void Multiply<TElement, TLanes>(in LinearOperands operands, int item)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var perItem = operands.OutputsPerItem;
        var part = new Part<TElement>(operands, Math.Min(operands.OutputWidth, (item + 1) * perItem));
        for (var first = item * perItem; first < part.End; first += BlockOutputs)
        {
            var end = Math.Min(part.End, first + BlockOutputs);
            var row = 0;
            for (; row + 1 < operands.Rows; row += TileRows) FourRows<TElement, TLanes>(part, row, first, end);
            if (row < operands.Rows) OneRow<TElement, TLanes>(part, row, first, end);
        }
    }

    /// <summary>Up to four rows; where there are fewer, the last stands in for the rest.</summary>
    private static void FourRows<TElement, TLanes>(in Part<TElement> part, int row, int first, int end)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sums = stackalloc float[TileOutputs * TileRows];
        var rows = Math.Min(TileRows, part.Rows - row);
        for (var n = first; n < end; n += TileOutputs)
        {
            var outputs = Math.Min(TileOutputs, end - n);
            Tile<TElement, TLanes>(part, row, n, n + outputs - 1, sums);
            for (var i = 0; i < outputs; i++)
                for (var r = 0; r < rows; r++) part.Store(row + r, n + i, sums[i * TileRows + r]);
        }
    }

    private static void OneRow<TElement, TLanes>(in Part<TElement> part, int row, int first, int end)
        where TElement : unmanaged, IElement<TElement>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sums = stackalloc float[SingleRowOutputs];
        for (var n = first; n < end; n += SingleRowOutputs)
        {
            SingleRow<TElement, TLanes>(part, row, n, end - 1, sums);
            for (var i = 0; i < SingleRowOutputs && n + i < end; i++) part.Store(row, n + i, sums[i]);
        }
    }

    /// <summary>The outputs of one item of work.</summary>
    /// <param name="End">One past its last output.</param>
    private readonly record struct Part<TElement>(LinearOperands Operands, int End)
        where TElement : unmanaged, IElement<TElement>
    {
        public int Rows => Operands.Rows;

        public int Width => Operands.InputWidth;

        public TElement* Weight(int output) => (TElement*)Operands.Weight + (long)output * Width;

        public float* Input(int row) => (float*)Operands.Prepared + (long)Math.Min(row, Rows - 1) * Width;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(int row, int output, float sum)
        {
            if (Operands.Bias != 0) sum += TElement.Load((TElement*)Operands.Bias + output);
            TElement.Store(sum, (TElement*)Operands.Output + (long)row * Operands.OutputStride + output);
        }
    }
}
