using System.Runtime.CompilerServices;
using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

// Shapes: T tokens, k experts of each, E experts that are here, D model width, I an expert's width.

/// <summary>
/// Routed experts of a few tokens on a kernel device: a product of a matrix and a vector for each expert that a token chose, which reads the experts that are chosen
/// and no others. For more tokens, products of whole matrices read less.
/// </summary>
public static class ExpertVectors
{
    private const int WarpSize = 32;
    private const int Warps = 8;
    private const int Step = 8;

    /// <summary>Elements of a row that a warp reads at once.</summary>
    private const int Pass = WarpSize * Step;

    private static readonly KernelFamily<ExpertVectorArguments> GateFamily = new(
        new Kernel<ExpertVectorArguments>("expert vectors gate float32", Gate<DeviceFloat32>, Warps * WarpSize, 4),
        new Kernel<ExpertVectorArguments>("expert vectors gate bf16", Gate<DeviceBFloat16>, Warps * WarpSize, 4),
        new Kernel<ExpertVectorArguments>("expert vectors gate fp16", Gate<DeviceFloat16>, Warps * WarpSize, 4));

    private static readonly KernelFamily<ExpertVectorArguments> DownFamily = new(
        new Kernel<ExpertVectorArguments>("expert vectors down float32", Down<DeviceFloat32>, Warps * WarpSize, 4),
        new Kernel<ExpertVectorArguments>("expert vectors down bf16", Down<DeviceBFloat16>, Warps * WarpSize, 4),
        new Kernel<ExpertVectorArguments>("expert vectors down fp16", Down<DeviceFloat16>, Warps * WarpSize, 4));

    internal static IEnumerable<Kernel> Kernels => [.. GateFamily.All, .. DownFamily.All];

    /// <summary><c>silu(gate(x)) * up(x)</c> of every token and each of its experts. Rows of experts that are not here are left as they are.</summary>
    /// <param name="plan">Its rows are written: choice i has row i, or -1 where its expert is not here.</param>
    /// <param name="hidden">[T, D] of <paramref name="type"/>.</param>
    /// <param name="weights">[E 2I, D] of <paramref name="type"/>: an expert's gate, then its up.</param>
    /// <param name="gated">[T k, I] of <paramref name="type"/>.</param>
    /// <param name="width">D, a multiple of 8.</param>
    /// <param name="inner">I, a multiple of 8.</param>
    public static void GateUp(KernelDevice device, in DeviceExpertPlan plan, nint hidden, nint weights, nint gated, ElementType type, int tokens, int width, int inner) =>
        Launch(device, GateFamily.For(type), plan, hidden, weights, gated, tokens, width, inner);

    /// <summary><c>down(x)</c> of what <see cref="GateUp"/> has made; <see cref="ExpertRouting.Combine"/> sums a token's rows.</summary>
    /// <param name="gated">[T k, I] of <paramref name="type"/>.</param>
    /// <param name="weights">[E D, I] of <paramref name="type"/>.</param>
    /// <param name="rows">[T k, D] of <paramref name="type"/>.</param>
    public static void Down(KernelDevice device, in DeviceExpertPlan plan, nint gated, nint weights, nint rows, ElementType type, int tokens, int width, int inner) =>
        Launch(device, DownFamily.For(type), plan, gated, weights, rows, tokens, inner, width);

    private static void Launch(KernelDevice device, Kernel<ExpertVectorArguments> kernel, in DeviceExpertPlan plan, nint input, nint weights, nint output, int tokens, int columns, int outputs)
    {
        if (columns % Step != 0 || outputs % Step != 0) throw new ArgumentException($"{columns} to {outputs}: row kernels take multiples of {Step}");
        device.Launch(kernel, new Index3D((outputs + 2 * Warps - 1) / (2 * Warps), tokens * plan.NumChosen, 1), Warps * WarpSize, new ExpertVectorArguments
        {
            Input = input, Weights = weights, Output = output, Chosen = plan.Chosen, RowOf = plan.RowOf, NumChosen = plan.NumChosen,
            FirstExpert = plan.FirstExpert, NumExperts = plan.NumExperts, Columns = columns, Outputs = outputs,
        });
    }

    /// <summary>A warp has two neighbouring elements of the output: two rows of the gate and two of the up.</summary>
    internal static void Gate<TElement>(ExpertVectorArguments a)
        where TElement : struct, IDeviceElement
    {
        int choice = Grid.IdxY, lane = Group.IdxX & 31, output = (Grid.IdxX * Warps + (Group.IdxX >> 5)) * 2;
        int expert = Global.ReadInt(a.Chosen + choice * 4L) - a.FirstExpert;
        bool isHere = expert >= 0 && expert < a.NumExperts;
        if (Grid.IdxX == 0 && Group.IdxX == 0) Global.StoreInt(a.RowOf + choice * 4L, isHere ? choice : -1);
        if (!isHere || output >= a.Outputs) return;
        long rowBytes = (long)a.Columns * TElement.Bytes, input = a.Input + choice / a.NumChosen * rowBytes;
        long gateRow = a.Weights + ((long)expert * 2 * a.Outputs + output) * rowBytes;
        var gate = Dot<TElement>(input, gateRow, gateRow + rowBytes, a.Columns, lane);
        var up = Dot<TElement>(input, gateRow + a.Outputs * rowBytes, gateRow + (a.Outputs + 1) * rowBytes, a.Columns, lane);
        if (lane == 0) TElement.Store2(a.Output + ((long)choice * a.Outputs + output) * TElement.Bytes, Gated(gate.X, up.X), Gated(gate.Y, up.Y));
    }

    /// <summary>A warp has two neighbouring elements of the output.</summary>
    internal static void Down<TElement>(ExpertVectorArguments a)
        where TElement : struct, IDeviceElement
    {
        int choice = Grid.IdxY, lane = Group.IdxX & 31, output = (Grid.IdxX * Warps + (Group.IdxX >> 5)) * 2;
        int expert = Global.ReadInt(a.Chosen + choice * 4L) - a.FirstExpert;
        if (expert < 0 || expert >= a.NumExperts || output >= a.Outputs) return;
        long rowBytes = (long)a.Columns * TElement.Bytes, row = a.Weights + ((long)expert * a.Outputs + output) * rowBytes;
        var sums = Dot<TElement>(a.Input + choice * rowBytes, row, row + rowBytes, a.Columns, lane);
        if (lane == 0) TElement.Store2(a.Output + ((long)choice * a.Outputs + output) * TElement.Bytes, sums.X, sums.Y);
    }

    private static float Gated(float gate, float up) => SiluMul.Silu(gate) * up;

    /// <summary>Two rows' products with a vector. Four passes at a time: what is on its way hides how far memory is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats2 Dot<TElement>(long vector, long first, long second, int columns, int lane)
        where TElement : struct, IDeviceElement
    {
        float x = 0, y = 0;
        int i = lane * Step;
        for (; i + 3 * Pass < columns; i += 4 * Pass)
        {
            long at = (long)i * TElement.Bytes;
            Floats8 a0 = TElement.Read8(first + at), b0 = TElement.Read8(second + at);
            Floats8 a1 = TElement.Read8(first + at + Pass * TElement.Bytes), b1 = TElement.Read8(second + at + Pass * TElement.Bytes);
            Floats8 a2 = TElement.Read8(first + at + 2 * Pass * TElement.Bytes), b2 = TElement.Read8(second + at + 2 * Pass * TElement.Bytes);
            Floats8 a3 = TElement.Read8(first + at + 3 * Pass * TElement.Bytes), b3 = TElement.Read8(second + at + 3 * Pass * TElement.Bytes);
            Floats8 v = TElement.Read8(vector + at);
            x += a0.Dot(v);
            y += b0.Dot(v);
            v = TElement.Read8(vector + at + Pass * TElement.Bytes);
            x += a1.Dot(v);
            y += b1.Dot(v);
            v = TElement.Read8(vector + at + 2 * Pass * TElement.Bytes);
            x += a2.Dot(v);
            y += b2.Dot(v);
            v = TElement.Read8(vector + at + 3 * Pass * TElement.Bytes);
            x += a3.Dot(v);
            y += b3.Dot(v);
        }

        for (; i < columns; i += Pass)
        {
            long at = (long)i * TElement.Bytes;
            Floats8 a = TElement.Read8(first + at), b = TElement.Read8(second + at), v = TElement.Read8(vector + at);
            x += a.Dot(v);
            y += b.Dot(v);
        }

        return new Floats2 { X = DeviceMath.WarpSum(x), Y = DeviceMath.WarpSum(y) };
    }
}

internal struct ExpertVectorArguments
{
    public long Input, Weights, Output, Chosen, RowOf;
    public int NumChosen, FirstExpert, NumExperts, Columns, Outputs;
}
