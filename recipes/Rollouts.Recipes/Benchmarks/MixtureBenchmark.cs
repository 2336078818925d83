using System.Globalization;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench mixture</c>: the routed experts of a Qwen3-MoE-like model in a decode step, against their bare products at the same token counts, alternating.</summary>
public static class MixtureBenchmark
{
    /// <summary>A line a batch size.</summary>
    public static IEnumerable<string> Run(ModelDtype dtype, IReadOnlyList<int> batches, int steps)
    {
        var folder = BenchmarkModels.Folder("mixture-of-32", RandomModel.MixtureOf32);
        var (type, note) = Dtypes.Resolve(dtype, ModelConfigReader.Read(folder));
        if (note is not null) yield return note;
        foreach (var batch in batches)
        {
            using var measure = new MixtureMeasure(folder, type, batch, Environment.ProcessorCount);
            var (experts, products) = Alternating.Measure(steps, measure.RunExperts, measure.RunProducts);
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{type}, batch {batch}, 8 layers of 32 experts, 4 a token: {experts:F2} ms with router, order and combination; {measure.NumProducts} bare products by libtorch {products:F2} ms; ratio {experts / products:F2}; {measure.WeightBytes / 1e6:F0} MB of experts, {measure.WeightBytes / experts / 1e6:F1} GB/s; {Environment.ProcessorCount} threads");
        }
    }
}
