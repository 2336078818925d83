using System.Globalization;
using Rollouts.Engine;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench engine --deterministic</c>: what deterministic mode costs, its decode steps and those of normal mode alternating in one process.</summary>
public static class DeterminismBenchmark
{
    /// <summary>A line a batch size.</summary>
    public static IEnumerable<string> Run(ModelDtype dtype, IReadOnlyList<int> batches, int steps)
    {
        var folder = EngineBenchmark.ModelFolder();
        var (type, note) = Dtypes.Resolve(dtype, ModelConfigReader.Read(folder));
        if (note is not null) yield return note;
        foreach (var batch in batches)
        {
            var (normal, deterministic) = Measure(steps, d => new DecodeBenchmark(
                folder, type, batch, Math.Max(1, EngineBenchmark.Context - steps / 2), steps * 2, new SamplingParams { Seed = 1 }, Environment.ProcessorCount, d));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{type}, batch {batch}, context {EngineBenchmark.Context}: normal step {normal:F2} ms, {batch * 1000 / normal:F0} tokens/s; deterministic {deterministic:F2} ms, {batch * 1000 / deterministic:F0} tokens/s; ratio {deterministic / normal:F2}; {Environment.ProcessorCount} threads");
        }
    }

    private static (double NormalMs, double DeterministicMs) Measure(int steps, Func<bool, DecodeBenchmark> start)
    {
        using var normal = start(false);
        using var deterministic = start(true);
        var (normalMs, deterministicMs) = (new double[steps], new double[steps]);
        for (var i = -5; i < steps; i++)
        {
            var (n, d) = (EngineBenchmark.Time(normal.Step), EngineBenchmark.Time(deterministic.Step));
            if (i >= 0) (normalMs[i], deterministicMs[i]) = (n, d);
        }

        return (EngineBenchmark.Median(normalMs), EngineBenchmark.Median(deterministicMs));
    }
}
