namespace Rollouts.Kernels.Tests;

/// <summary>Norm, rotation and store of compressed rows, against the CPU's kernels in float.</summary>
[Collection(KernelDeviceCollection.Name)]
public class LatentStoreCudaTests(KernelDevices devices)
{
    public static TheoryData<ElementType, int, int, int, bool> Shapes => new()
    {
        { ElementType.Float32, 32, 8, 3, true },
        { ElementType.BFloat16, 512, 64, 16, false },
        { ElementType.Float16, 40, 24, 1, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RotateAndStore_OddShapes_IsWhatTheCpuDoes(ElementType type, int latent, int rotary, int heads, bool interleaved)
    {
        foreach (var device in devices.All)
        {
            const int NumPositions = 20, Plain = 8;
            var (random, width, headSize) = (new Random(latent), latent + rotary, Plain + rotary);
            int[] positions = [19, 3], slots = [17, -1];
            using var compressed = DeviceOperand.Random(device, type, 2 * width, random, 2);
            using var queries = DeviceOperand.Random(device, type, 2 * heads * headSize, random, 2);
            using var norm = DeviceOperand.Random(device, type, latent, random);
            using var cosines = DeviceOperand.Random(device, ElementType.Float32, NumPositions * rotary / 2, random);
            using var sines = DeviceOperand.Random(device, ElementType.Float32, NumPositions * rotary / 2, random);
            using var cache = DeviceOperand.Poisoned(device, type, 2 * DevicePagedKv.BlockSize * width);
            using var at = DeviceOperand.Integers(device, positions);
            using var to = DeviceOperand.Integers(device, slots);
            var (rows, q) = (compressed.Values(), queries.Values());
            for (var token = 0; token < 2; token++)
            {
                Normalise(rows.AsSpan(token * width, latent), norm.Values());
                Rotate(rows.AsSpan(token * width + latent, rotary), cosines.Values(), sines.Values(), positions[token], interleaved);
                for (var h = 0; h < heads; h++) Rotate(q.AsSpan((token * heads + h) * headSize + Plain, rotary), cosines.Values(),
                    sines.Values(), positions[token], interleaved);
            }

            PagedLatentAttention.RotateAndStore(device, new PagedLatent(cache.Address, type, latent, rotary, DevicePagedKv.BlockSize),
                new LatentRows(2, compressed.Address, norm.Address, 1e-6f,
                queries.Address + Plain * type.Bytes(), heads * headSize, headSize, heads, interleaved, cosines.Address, sines.Address,
                    at.Address, to.Address));

            var tolerance = 2 * ElementKernelCudaTests.Rounding(type);
            compressed.ShouldBe([.. rows.Select(x => (double)x)], tolerance);
            queries.ShouldBe([.. q.Select(x => (double)x)], tolerance);
            float[][] stored = [.. cache.Values().Chunk(width)];
            stored[17].ShouldBe(compressed.Values()[..width]);
            stored.Where((_, slot) => slot != 17).ShouldAllBe(row => row.All(float.IsNaN));
        }
    }

    private static unsafe void Normalise(Span<float> row, float[] weight)
    {
        fixed (float* x = row, w = weight) RmsNorm.Normalise((nint)x, w, ElementType.Float32, row.Length, 1e-6f);
    }

    private static unsafe void Rotate(Span<float> head, float[] cosines, float[] sines, int position, bool interleaved)
    {
        fixed (float* x = head, c = &cosines[position * head.Length / 2], s = &sines[position * head.Length / 2])
        {
            if (interleaved) Rotary.RotatePairs((nint)x, ElementType.Float32, c, s, head.Length);
            else Rotary.Rotate((nint)x, ElementType.Float32, c, s, head.Length);
        }
    }
}
