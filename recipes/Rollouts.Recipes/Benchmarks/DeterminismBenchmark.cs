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
        var folder = BenchmarkModels.Llama135M;
        var (type, note) = Dtypes.Resolve(dtype, ModelConfigReader.Read(folder));
        if (note is not null) yield return note;
        foreach (var batch in batches)
        {
            DecodeBenchmark Start(bool deterministic) => new(
                folder, type, batch, Math.Max(1, EngineBenchmark.Context - steps / 2), steps * 2, new SamplingParams { Seed = 1 }, new EngineOptions { Deterministic = deterministic });
            using var normally = Start(false);
            using var deterministically = Start(true);
            var (normal, deterministic) = Alternating.Measure(steps, normally.Step, deterministically.Step);
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{type}, batch {batch}, context {EngineBenchmark.Context}: normal step {normal:F2} ms, {batch * 1000 / normal:F0} tokens/s; deterministic {deterministic:F2} ms, {batch * 1000 / deterministic:F0} tokens/s; ratio {deterministic / normal:F2}; {Environment.ProcessorCount} threads");
        }
    }
}
