using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>A part of every head of every row; an address of the device.</summary>
/// <param name="Address">The part of the first row's first head.</param>
/// <param name="RowStride">Elements from a row to the next.</param>
/// <param name="HeadStride">Elements from a head to the next.</param>
public readonly record struct DeviceHeadPart(nint Address, int RowStride, int HeadStride);

/// <summary>Copies a part of every head to another place: the rotary part of queries joins what has absorbed their plain part.</summary>
public static class HeadCopy
{
    private const int Threads = 128;
    private const int Step = 8;

    private static readonly KernelFamily<HeadCopyArguments> Family = new(
        new Kernel<HeadCopyArguments>("head copy float32", Copy<DeviceFloat32>, Threads, 8),
        new Kernel<HeadCopyArguments>("head copy bf16", Copy<DeviceBFloat16>, Threads, 8),
        new Kernel<HeadCopyArguments>("head copy fp16", Copy<DeviceFloat16>, Threads, 8));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Copies the parts of all rows.</summary>
    /// <param name="width">Elements of a part, a multiple of 8.</param>
    public static void Copy(KernelDevice device, in DeviceHeadPart from, in DeviceHeadPart to, ElementType type, int rows, int heads,
        int width)
    {
        if (width % Step != 0) throw new ArgumentException($"width {width}: row kernels take multiples of {Step}");
        device.Launch(Family.For(type), new Index3D(rows, 1, 1), Threads, new HeadCopyArguments
        {
            From = from.Address, To = to.Address, FromRow = from.RowStride, ToRow = to.RowStride, FromHead = from.HeadStride,
            ToHead = to.HeadStride, Heads = heads, Width = width,
        });
    }

    internal static void Copy<TElement>(HeadCopyArguments a)
        where TElement : struct, IDeviceElement
    {
        long row = Grid.IdxX;
        for (int i = Group.IdxX * Step; i < a.Heads * a.Width; i += Group.DimX * Step)
        {
            int head = i / a.Width, element = i - head * a.Width;
            var x = TElement.Read8(a.From + (row * a.FromRow + (long)head * a.FromHead + element) * TElement.Bytes);
            TElement.Store8(a.To + (row * a.ToRow + (long)head * a.ToHead + element) * TElement.Bytes, x);
        }
    }
}

internal struct HeadCopyArguments
{
    public long From, To;
    public int FromRow, ToRow, FromHead, ToHead, Heads, Width;
}
