using ILGPU;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>Fills device memory with random numbers, uniform in (-scale, scale): weights and operands of benchmarks, which zeros would
/// flatter.</summary>
public static class RandomFill
{
    private const int Threads = 256;
    private const int Step = 8;
    private const int MaxGroups = 1 << 20;

    private static readonly KernelFamily<RandomFillArguments> Family = new(
        new Kernel<RandomFillArguments>("random fill float32", Fill<DeviceFloat32>, Threads, 4),
        new Kernel<RandomFillArguments>("random fill bf16", Fill<DeviceBFloat16>, Threads, 4),
        new Kernel<RandomFillArguments>("random fill fp16", Fill<DeviceFloat16>, Threads, 4));

    internal static IEnumerable<Kernel> Kernels => Family.All;

    /// <summary>Fills elements; the same seed gives the same numbers.</summary>
    /// <param name="count">A multiple of 8.</param>
    public static void Fill(KernelDevice device, nint address, ElementType type, long count, float scale, int seed)
    {
        var groups = (int)Math.Min(MaxGroups, (count / Step + Threads - 1) / Threads);
        device.Launch(Family.For(type), new Index3D(groups, 1, 1), Threads, new RandomFillArguments { Address = address, Count = count,
            Scale = scale, Seed = seed });
    }

    internal static void Fill<TElement>(RandomFillArguments a)
        where TElement : struct, IDeviceElement
    {
        for (long i = ((long)Grid.IdxX * Group.DimX + Group.IdxX) * Step; i < a.Count; i += (long)Grid.DimX * Group.DimX * Step)
        {
            uint low = (uint)(i >> 3), high = (uint)(i >> 35);
            TElement.Store8(a.Address + i * TElement.Bytes, new Floats8(Uniform(DeviceNoise.Words(low, 0, (uint)a.Seed, high)),
                Uniform(DeviceNoise.Words(low, 1, (uint)a.Seed, high))) * a.Scale);
        }
    }

    private static Floats4 Uniform(Words4 words) => new(Uniform(words.X), Uniform(words.Y), Uniform(words.Z), Uniform(words.W));

    private static float Uniform(uint word) => ((int)(word >> 8) + 0.5f) * (2f / (1 << 24)) - 1;
}

internal struct RandomFillArguments
{
    public long Address, Count;
    public float Scale;
    public int Seed;
}
