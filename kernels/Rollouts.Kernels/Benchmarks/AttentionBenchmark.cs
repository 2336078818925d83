namespace Rollouts.Kernels;

/// <summary>Decode attention over keys and values that rotate, in shuffled blocks, so that no cache holds them.</summary>
internal static class AttentionBenchmark
{
    private const long PoolBytes = 2200L << 20;

    public static IEnumerable<string> Run(KernelBenchmark benchmark)
    {
        nint keys = benchmark.Random(ElementType.BFloat16, PoolBytes / 4, 1.7f), values = benchmark.Random(ElementType.BFloat16, PoolBytes / 4, 1.7f);
        foreach (var (type, size, kvHeads, group, lengths, name) in Shapes)
        {
            var kv = new DevicePagedKv(keys, values, type, kvHeads, size);
            yield return Measure(benchmark, kv, group, lengths, name, lengths.Max());
        }

        // A graph is launched for the longest sequence it may meet.
        var eight = new DevicePagedKv(keys, values, ElementType.BFloat16, 8, 128);
        foreach (var maxLength in new[] { 2048, 8192, 32768 }) yield return Measure(benchmark, eight, 4, Equal(256, 1024),
            $"256 x 1,024, launched for {maxLength}", maxLength);
    }

    private static IEnumerable<(ElementType Type, int Size, int KvHeads, int Group, int[] Lengths, string Name)> Shapes
    {
        get
        {
            const ElementType BFloat16 = ElementType.BFloat16;
            foreach (var batch in new[] { 256, 64, 16, 1 }) yield return (BFloat16, 128, 8, 4, Equal(batch, 1024), $"{batch} x 1,024");
            yield return (BFloat16, 128, 8, 4, Mixed(64, 100, 2000), "64 x 100..2,000");
            yield return (BFloat16, 128, 8, 4, Equal(64, 4096), "64 x 4,096");
            foreach (var group in new[] { 1, 2, 8, 16 }) yield return (BFloat16, 128, 8, group, Equal(256, 1024), "256 x 1,024");
            yield return (BFloat16, 64, 8, 4, Equal(256, 1024), "256 x 1,024");
            yield return (BFloat16, 80, 8, 4, Equal(256, 1024), "256 x 1,024");
            yield return (BFloat16, 96, 8, 4, Equal(256, 1024), "256 x 1,024");
            yield return (BFloat16, 256, 4, 4, Equal(256, 1024), "256 x 1,024");
            yield return (BFloat16, 120, 8, 4, Equal(256, 1024), "256 x 1,024");
            yield return (ElementType.Float16, 128, 8, 4, Equal(256, 1024), "256 x 1,024");
            yield return (ElementType.Float32, 128, 4, 4, Equal(256, 1024), "256 x 1,024");
        }
    }

    private static string Measure(KernelBenchmark benchmark, DevicePagedKv kv, int group, int[] lengths, string name, int maxLength)
    {
        var random = new Random(1);
        var stride = (lengths.Max() + DevicePagedKv.BlockSize - 1) / DevicePagedKv.BlockSize;
        var poolBlocks = (int)(PoolBytes / 2 / kv.BlockBytes);
        var sets = Math.Max(1, Math.Min(32, poolBlocks / (stride * lengths.Length)));
        int[] table = [.. Enumerable.Range(0, poolBlocks)];
        random.Shuffle(table);
        var (rows, queryHeads) = (lengths.Length, kv.NumHeads * group);
        nint tables = benchmark.Integers(table[..(sets * stride * rows)]), there = benchmark.Integers(lengths);
        nint queries = benchmark.Random(kv.Type, (long)rows * queryHeads * kv.HeadSize, 2),
            output = benchmark.Allocate((long)rows * queryHeads * kv.HeadSize * kv.Type.Bytes());
        var scratch = benchmark.Allocate(PagedAttention.ScratchBytes(rows, queryHeads, kv.HeadSize, maxLength));
        var bytes = 2.0 * lengths.Sum() * kv.NumHeads * kv.HeadSize * kv.Type.Bytes();
        return benchmark.Measure($"attention {kv.Type}, head {kv.HeadSize}, {kv.NumHeads} KV heads, GQA {group}", name, bytes,
            Math.Max(sets, 2), i => PagedAttention.Attend(benchmark.Device, kv, group,
            new AttentionRows(rows, queries, queryHeads * kv.HeadSize, output, there, tables + i % sets * stride * rows * sizeof(int),
                stride, 0, 0, maxLength), 1 / MathF.Sqrt(kv.HeadSize), scratch));
    }

    private static int[] Equal(int count, int length) => [.. Enumerable.Repeat(length, count)];

    private static int[] Mixed(int count, int least, int most)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(least, most + 1))];
    }
}
