namespace Rollouts.Kernels.Cuda;

/// <summary>A kernel compiled for each element type.</summary>
internal sealed class KernelFamily<TArguments>(Kernel<TArguments> float32, Kernel<TArguments> bfloat16, Kernel<TArguments> float16)
    where TArguments : unmanaged
{
    public IEnumerable<Kernel> All => [float32, bfloat16, float16];

    public Kernel<TArguments> For(ElementType type) => type switch
    {
        ElementType.Float32 => float32,
        ElementType.Float16 => float16,
        _ => bfloat16,
    };
}
