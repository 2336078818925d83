using System.Runtime.CompilerServices;

namespace Rollouts.Kernels;

/// <summary>Sampling of a whole step at a vocabulary of 128,256.</summary>
internal static class SamplerBenchmark
{
    private const int Vocabulary = 128_256;

    public static IEnumerable<string> Run(KernelBenchmark benchmark)
    {
        var sampled = DeviceSamplingRow.Greedy with { InverseTemperature = 1 / 0.6f, KeyLow = 1 };
        foreach (var type in new[] { ElementType.Float32, ElementType.BFloat16 })
        {
            foreach (var rows in new[] { 256, 64, 16, 1 })
            {
                yield return Measure(benchmark, type, rows, "greedy", DeviceSamplingRow.Greedy);
                yield return Measure(benchmark, type, rows, "temperature, log-probability", sampled);
                yield return Measure(benchmark, type, rows, "top_k 50, top_p 0.95", sampled with { InverseTemperature = 1, TopK = 50, TopP = 0.95f });
            }

            foreach (var rows in new[] { 256, 1 }) yield return Measure(benchmark, type, rows, "temperature, 20 likeliest tokens", sampled with { NumTop = 20 });
            yield return Measure(benchmark, type, 256, "top_p 0.95", sampled with { InverseTemperature = 1, TopP = 0.95f });
            yield return Measure(benchmark, type, 256, "min_p 0.05, processed", sampled with { LogMinP = MathF.Log(0.05f), ProcessedLogProb = 1 });
        }
    }

    private static unsafe string Measure(KernelBenchmark benchmark, ElementType type, int rows, string name, DeviceSamplingRow row)
    {
        // Two sets of logits: together more than the cache holds.
        var set = (long)rows * Vocabulary;
        var logits = benchmark.Random(type, 2 * set, 8);
        var raw = new int[rows * sizeof(DeviceSamplingRow) / sizeof(int)];
        fixed (int* to = raw)
            for (var r = 0; r < rows; r++) Unsafe.WriteUnaligned((byte*)to + r * sizeof(DeviceSamplingRow), row with { KeyHigh = (uint)r });
        nint settings = benchmark.Integers(raw), positions = benchmark.Integers(new int[rows]), tokens = benchmark.Integers(new int[rows]),
            logProbs = benchmark.Allocate(rows * 4);
        nint scratch = benchmark.Allocate(TokenSampler.ScratchBytes(rows, Vocabulary)), top = benchmark.Allocate(2L * rows * TokenSampler.MaxTop * 4);
        return benchmark.Measure($"sampler {type}, {name}", $"{rows} x {Vocabulary}", (double)set * type.Bytes(), 4,
            i =>
            {
                var sampled = new SampledRows(rows, logits + (nint)(i % 2 * set * type.Bytes()), type, Vocabulary, Vocabulary, settings, positions, tokens, logProbs, scratch);
                TokenSampler.Draw(benchmark.Device, sampled, row.HasFilters);
                if (row.NumTop > 0) TokenSampler.FindTop(benchmark.Device, sampled, top, top + rows * TokenSampler.MaxTop * 4);
            });
    }
}
