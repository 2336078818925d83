using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

public static unsafe partial class RmsNorm
{
    private const int MaxThreads = 512;
    private const int Step = 8;

    private static readonly KernelFamily<RmsNormArguments> FloatResidual = new(
        new Kernel<RmsNormArguments>("rmsnorm float32", AddAndNormalise<DeviceFloat32, DeviceFloat32>, MaxThreads, 2),
        new Kernel<RmsNormArguments>("rmsnorm bf16, residual float32", AddAndNormalise<DeviceFloat32, DeviceBFloat16>, MaxThreads, 3),
        new Kernel<RmsNormArguments>("rmsnorm fp16, residual float32", AddAndNormalise<DeviceFloat32, DeviceFloat16>, MaxThreads, 3));

    private static readonly KernelFamily<RmsNormArguments> SameResidual = new(
        FloatResidual.For(ElementType.Float32),
        new Kernel<RmsNormArguments>("rmsnorm bf16", AddAndNormalise<DeviceBFloat16, DeviceBFloat16>, MaxThreads, 3),
        new Kernel<RmsNormArguments>("rmsnorm fp16", AddAndNormalise<DeviceFloat16, DeviceFloat16>, MaxThreads, 3));

    internal static IEnumerable<Kernel> Kernels => FloatResidual.All.Concat(SameResidual.All).Distinct();

    /// <summary>Rows on a kernel device.</summary>
    /// <param name="residual">[rows, width] of <paramref name="residualType"/>, updated in place where there is a delta.</param>
    /// <param name="residualType">Float32, or as <paramref name="type"/>.</param>
    /// <param name="delta">[rows, width] of <paramref name="type"/>; 0 where nothing is added.</param>
    /// <param name="weight">[width] of <paramref name="type"/>.</param>
    /// <param name="output">[rows, width] of <paramref name="type"/>.</param>
    /// <param name="width">A multiple of 8.</param>
    public static void AddAndNormalise(KernelDevice device, nint residual, ElementType residualType, nint delta, nint weight, nint output,
        ElementType type, int rows, int width, float epsilon)
    {
        if (width % Step != 0) throw new ArgumentException($"width {width}: row kernels take multiples of {Step}");
        var arguments = new RmsNormArguments { Residual = residual, Delta = delta, Weight = weight, Output = output, Width = width,
            InverseWidth = 1f / width, Epsilon = epsilon };
        var family = residualType == ElementType.Float32 ? FloatResidual : SameResidual;
        device.Launch(family.For(type), new Index3D(rows, 1, 1), Math.Min(MaxThreads, (width / Step + 31) / 32 * 32), arguments);
    }

    // A group a row, 8 elements a thread and step. The first step's stay in registers, and its weights are under way before the sum is known;
    // of wider rows the others are read again, from the cache.
    internal static void AddAndNormalise<TResidual, TElement>(RmsNormArguments a)
        where TResidual : struct, IDeviceElement
        where TElement : struct, IDeviceElement
    {
        int start = Group.IdxX * Step, stride = Group.DimX * Step;
        long row = (long)Grid.IdxX * a.Width, residual = a.Residual + row * TResidual.Bytes;
        Floats8 first = default, firstWeight = start < a.Width ? TElement.Read8(a.Weight + start * TElement.Bytes) : default;
        float squares = 0;
        for (int i = start; i < a.Width; i += stride)
        {
            var x = TResidual.Load8(residual + i * TResidual.Bytes);
            if (a.Delta != 0)
            {
                x += TElement.Read8(a.Delta + (row + i) * TElement.Bytes);
                TResidual.Store8(residual + i * TResidual.Bytes, x);
            }

            if (i == start) first = x;
            squares += x.SumOfSquares();
        }

        float scale = DeviceMath.ReciprocalSqrt(DeviceMath.GroupSum(squares) * a.InverseWidth + a.Epsilon);
        for (int i = start; i < a.Width; i += stride)
        {
            var x = i == start ? first : TResidual.Load8(residual + i * TResidual.Bytes);
            var weight = i == start ? firstWeight : TElement.Read8(a.Weight + i * TElement.Bytes);
            TElement.Store8(a.Output + (row + i) * TElement.Bytes, x * scale * weight);
        }
    }
}

internal struct RmsNormArguments
{
    public long Residual, Delta, Weight, Output;
    public int Width;
    public float InverseWidth, Epsilon;
}
