namespace Rollouts.Kernels;

/// <summary>The row kernels: over so many rows that they come from memory, and at the sizes of a decode step of the 8B shape, where they stay in
/// the cache.</summary>
internal static class RowBenchmark
{
    private const int Width = 4096, Intermediate = 14336, QueryHeads = 32, KvHeads = 8, HeadSize = 128, Positions = 2048;
    private const ElementType Type = ElementType.BFloat16;

    /// <summary>Launches of a graph.</summary>
    private const int InGraph = 100;

    public static IEnumerable<string> Run(KernelBenchmark benchmark)
    {
        foreach (var residual in new[] { ElementType.Float32, Type })
            foreach (var rows in new[] { 8192, 256, 64, 1 }) yield return Norm(benchmark, residual, rows);
        foreach (var rows in new[] { 8192, 256, 64, 1 }) yield return Rope(benchmark, rows);
        foreach (var rows in new[] { 4096, 256, 64, 1 }) yield return Silu(benchmark, rows);
        foreach (var rows in new[] { 8192, 256, 64 }) yield return Embed(benchmark, rows);
    }

    private static string Norm(KernelBenchmark benchmark, ElementType residualType, int rows)
    {
        nint residual = benchmark.Random(residualType, (long)rows * Width), delta = benchmark.Random(Type, (long)rows * Width),
            weight = benchmark.Random(Type, Width);
        var output = benchmark.Allocate((long)rows * Width * 2);
        return benchmark.Measure($"residual ({residualType}) + RMSNorm", $"{rows} x {Width}",
            (double)rows * Width * (2 * residualType.Bytes() + 4), Launches(rows),
            _ => RmsNorm.AddAndNormalise(benchmark.Device, residual, residualType, delta, weight, output, Type, rows, Width, 1e-5f));
    }

    private static string Rope(KernelBenchmark benchmark, int rows)
    {
        const int Row = (QueryHeads + 2 * KvHeads) * HeadSize;
        var random = new Random(1);
        var numBlocks = 2 * rows;
        var cacheElements = (long)numBlocks * KvHeads * DevicePagedKv.BlockSize * HeadSize;
        var kv = new DevicePagedKv(benchmark.Allocate(cacheElements * 2), benchmark.Allocate(cacheElements * 2), Type, KvHeads, HeadSize);
        nint qkv = benchmark.Random(Type, (long)rows * Row), norm = benchmark.Random(Type, HeadSize),
            angles = benchmark.Random(ElementType.Float32, Positions * HeadSize);
        nint positions = benchmark.Integers([.. Enumerable.Range(0, rows).Select(_ => random.Next(Positions))]);
        int[] slots = [.. Enumerable.Range(0, numBlocks * DevicePagedKv.BlockSize)];
        random.Shuffle(slots);
        var there = benchmark.Integers(slots[..rows]);
        var bytes = (double)rows * (QueryHeads * 2 + KvHeads * 5) * HeadSize * 2;
        return benchmark.Measure("QK-norm + rope + KV store", $"{rows} x {Row}", bytes, Launches(rows),
            _ => Rotary.RotateAndStore(benchmark.Device, kv,
            new RotaryRows(rows, qkv, QueryHeads, norm, norm, 1e-6f, angles, angles + Positions * HeadSize / 2 * 4, positions, there)));
    }

    private static string Silu(KernelBenchmark benchmark, int rows)
    {
        nint gateUp = benchmark.Random(Type, (long)rows * 2 * Intermediate, 4), output = benchmark.Allocate((long)rows * Intermediate * 2);
        return benchmark.Measure("SiLU·mul", $"{rows} x {Intermediate}", (double)rows * Intermediate * 6, Launches(rows),
            _ => SiluMul.Run(benchmark.Device, gateUp, output, Type, rows, Intermediate));
    }

    private static string Embed(KernelBenchmark benchmark, int rows)
    {
        const int Vocabulary = 128_256;
        var random = new Random(1);
        nint table = benchmark.Random(Type, (long)Vocabulary * Width), output = benchmark.Allocate((long)rows * Width * 4);
        var tokens = benchmark.Integers([.. Enumerable.Range(0, rows).Select(_ => random.Next(Vocabulary))]);
        return benchmark.Measure("embedding gather to float", $"{rows} x {Width}", (double)rows * Width * 6, Launches(rows),
            _ => Embedding.Gather(benchmark.Device, table, Type, tokens, output, ElementType.Float32, rows, Width));
    }

    private static int Launches(int rows) => rows > 1024 ? 4 : InGraph;
}
