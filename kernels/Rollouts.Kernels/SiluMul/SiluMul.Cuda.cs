using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

public static unsafe partial class SiluMul
{
    private const int Threads = 256;
    private const int Step = 8;

    private static readonly KernelFamily<SiluMulArguments> Family = new(
        new Kernel<SiluMulArguments>("silu mul float32", Run<DeviceFloat32>, Threads, 4),
        new Kernel<SiluMulArguments>("silu mul bf16", Run<DeviceBFloat16>, Threads, 4),
        new Kernel<SiluMulArguments>("silu mul fp16", Run<DeviceFloat16>, Threads, 4));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Rows on a kernel device.</summary>
    /// <param name="gateUp">[rows, 2 * width] of <paramref name="type"/>.</param>
    /// <param name="output">[rows, width] of <paramref name="type"/>.</param>
    /// <param name="width">A multiple of 8.</param>
    public static void Run(KernelDevice device, nint gateUp, nint output, ElementType type, int rows, int width)
    {
        if (width % Step != 0) throw new ArgumentException($"width {width}: row kernels take multiples of {Step}");
        var groups = (width + Threads * Step - 1) / (Threads * Step);
        device.Launch(Family.For(type), new Index3D(rows, groups, 1), Threads, new SiluMulArguments { GateUp = gateUp, Output = output,
            Width = width });
    }

    internal static void Run<TElement>(SiluMulArguments a)
        where TElement : struct, IDeviceElement
    {
        int i = (Grid.IdxY * Group.DimX + Group.IdxX) * Step;
        if (i >= a.Width) return;
        long row = (long)Grid.IdxX * a.Width, from = a.GateUp + (2 * row + i) * TElement.Bytes;
        var gate = TElement.Read8(from);
        var up = TElement.Read8(from + (long)a.Width * TElement.Bytes);
        TElement.Store8(a.Output + (row + i) * TElement.Bytes, new Floats8(Silu(gate.Low), Silu(gate.High)) * up);
    }

    private static Floats4 Silu(Floats4 x) => new(Silu(x.X), Silu(x.Y), Silu(x.Z), Silu(x.W));

    internal static float Silu(float x) => x * DeviceMath.Reciprocal(1 + DeviceMath.Exp(-x));
}

internal struct SiluMulArguments
{
    public long GateUp, Output;
    public int Width;
}
