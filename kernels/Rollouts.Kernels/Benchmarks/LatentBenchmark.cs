namespace Rollouts.Kernels;

/// <summary>Latent attention over rows that rotate: 16 heads as DeepSeek-V2-Lite has them, 128 as V2 and V3.</summary>
internal static class LatentBenchmark
{
    private const long PoolBytes = 1200L << 20;
    private const int Latent = 512, RotaryKey = 64, Length = 1024;

    public static IEnumerable<string> Run(KernelBenchmark benchmark)
    {
        var cache = new PagedLatent(benchmark.Random(ElementType.BFloat16, PoolBytes / 2), ElementType.BFloat16, Latent, RotaryKey,
            DevicePagedKv.BlockSize);
        foreach (var (batch, heads) in new[] { (256, 16), (64, 16), (16, 16), (1, 16), (256, 128), (64,
            128) }) yield return Measure(benchmark, cache, batch, heads);
    }

    private static string Measure(KernelBenchmark benchmark, PagedLatent cache, int batch, int heads)
    {
        const int Stride = Length / DevicePagedKv.BlockSize;
        var poolBlocks = (int)(PoolBytes / cache.BlockBytes);
        var sets = Math.Min(32, poolBlocks / (Stride * batch));
        int[] table = [.. Enumerable.Range(0, poolBlocks)];
        new Random(1).Shuffle(table);
        nint tables = benchmark.Integers(table[..(sets * Stride * batch)]), lengths = benchmark.Integers([.. Enumerable.Repeat(Length, batch)]);
        nint queries = benchmark.Random(cache.Type, (long)batch * heads * cache.Width), output = benchmark.Allocate((long)batch * heads * Latent * 2);
        var scratch = benchmark.Allocate(PagedLatentAttention.ScratchBytes(batch, heads, Latent, Length));
        return benchmark.Measure($"latent attention {cache.Type}, {heads} heads", $"{batch} x {Length}",
            (double)batch * Length * cache.Width * 2, Math.Max(sets, 2), i => PagedLatentAttention.Attend(
            benchmark.Device, cache, heads, new AttentionRows(batch, queries, heads * cache.Width, output, lengths,
                tables + i % sets * Stride * batch * sizeof(int), Stride, 0, 0, Length), 0.1f, scratch));
    }
}
