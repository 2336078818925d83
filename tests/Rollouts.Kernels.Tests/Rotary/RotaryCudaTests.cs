namespace Rollouts.Kernels.Tests;

/// <summary>Norm, rotation and store of a row of queries, keys and values, against double arithmetic.</summary>
[Collection(KernelDeviceCollection.Name)]
public class RotaryCudaTests(KernelDevices devices)
{
    public static TheoryData<ElementType, int, bool> Shapes => new()
    {
        { ElementType.Float32, 8, true },
        { ElementType.Float32, 128, false },
        { ElementType.BFloat16, 80, true },
        { ElementType.BFloat16, 256, true },
        { ElementType.Float16, 64, false },
        { ElementType.Float16, 72, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RotateAndStore_OddHeads_IsTheDefinition(ElementType type, int size, bool normed)
    {
        foreach (var device in devices.All)
        {
            const int QueryHeads = 5, KvHeads = 2, Heads = QueryHeads + 2 * KvHeads, NumBlocks = 3, NumPositions = 40;
            var random = new Random(size);
            int[] positions = [0, 17, 39], slots = [20, -1, 47];
            using var qkv = DeviceOperand.Random(device, type, positions.Length * Heads * size, random, 2);
            using var queryNorm = DeviceOperand.Random(device, type, size, random);
            using var keyNorm = DeviceOperand.Random(device, type, size, random);
            using var cosines = DeviceOperand.Random(device, ElementType.Float32, NumPositions * size / 2, random);
            using var sines = DeviceOperand.Random(device, ElementType.Float32, NumPositions * size / 2, random);
            using var keys = DeviceOperand.Poisoned(device, type, NumBlocks * KvHeads * DevicePagedKv.BlockSize * size);
            using var values = DeviceOperand.Poisoned(device, type, keys.Length);
            using var at = DeviceOperand.Integers(device, positions);
            using var to = DeviceOperand.Integers(device, slots);
            double[][] heads = [.. qkv.Values().Select(x => (double)x).Chunk(size)];
            for (var h = 0; h < heads.Length; h++)
            {
                if (h % Heads >= QueryHeads + KvHeads) continue;
                if (normed) heads[h] = Normalise(heads[h], (h % Heads < QueryHeads ? queryNorm : keyNorm).Values());
                heads[h] = Rotate(heads[h], cosines.Values(), sines.Values(), positions[h / Heads]);
            }

            var kv = new DevicePagedKv(keys.Address, values.Address, type, KvHeads, size);
            Rotary.RotateAndStore(device, kv, new RotaryRows(positions.Length, qkv.Address, QueryHeads, normed ? queryNorm.Address : 0,
                normed ? keyNorm.Address : 0, 1e-6f,
                cosines.Address, sines.Address, at.Address, to.Address));

            var tolerance = 2 * ElementKernelCudaTests.Rounding(type);
            qkv.ShouldBe([.. heads.SelectMany(h => h)], tolerance);
            ShouldHold(keys.Values(), heads, QueryHeads, KvHeads, Heads, slots, tolerance);
            ShouldHold(values.Values(), heads, QueryHeads + KvHeads, KvHeads, Heads, slots, tolerance);
        }
    }

    /// <summary>A slot holds its row's head; what no row was stored in is untouched.</summary>
    private static void ShouldHold(float[] cache, double[][] heads, int firstHead, int kvHeads, int perRow, int[] slots, double tolerance)
    {
        float[][] tiles = [.. cache.Chunk(heads[0].Length)];
        for (var i = 0; i < tiles.Length; i++)
        {
            var (slot, head) = (i / (kvHeads * DevicePagedKv.BlockSize) * DevicePagedKv.BlockSize + i % DevicePagedKv.BlockSize,
                i / DevicePagedKv.BlockSize % kvHeads);
            var row = Array.IndexOf(slots, slot);
            if (row < 0) tiles[i].ShouldAllBe(x => float.IsNaN(x));
            else tiles[i].Zip(heads[row * perRow + firstHead + head]).ShouldAllBe(p =>
                Math.Abs(p.First - p.Second) <= tolerance * Math.Max(1, Math.Abs(p.Second)));
        }
    }

    private static double[] Normalise(double[] x, float[] weight)
    {
        var scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + 1e-6);
        return [.. x.Zip(weight, (v, w) => v * scale * w)];
    }

    private static double[] Rotate(double[] x, float[] cosines, float[] sines, int position)
    {
        var half = x.Length / 2;
        return [.. Enumerable.Range(0, x.Length).Select(i =>
        {
            var (cos, sin) = ((double)cosines[position * half + i % half], (double)sines[position * half + i % half]);
            return i < half ? x[i] * cos - x[i + half] * sin : x[i] * cos + x[i - half] * sin;
        })];
    }
}
