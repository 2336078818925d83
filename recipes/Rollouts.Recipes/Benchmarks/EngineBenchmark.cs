using System.Globalization;
using Rollouts.Engine;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench engine</c>: decode steps of a 135M-parameter Llama against the bare matrix products of the same step, alternating in one process.</summary>
public static class EngineBenchmark
{
    internal const int Context = 128;

    /// <summary>A line a batch size.</summary>
    public static IEnumerable<string> Run(ModelDtype dtype, IReadOnlyList<int> batches, int steps)
    {
        var folder = BenchmarkModels.Llama135M;
        var config = ModelConfigReader.Read(folder);
        var (type, note) = Dtypes.Resolve(dtype, config);
        if (note is not null) yield return note;
        var threads = Environment.ProcessorCount;
        foreach (var batch in batches) yield return Measure(folder, config, type, batch, steps, threads);
    }

    private static string Measure(string folder, ModelConfig config, ElementType type, int batch, int steps, int threads)
    {
        using var engine = new DecodeBenchmark(folder, type, batch, Math.Max(1, Context - steps / 2), steps * 2, new SamplingParams { Seed = 1 }, new EngineOptions { Threads = threads });
        using var gemms = new BareGemms(config, type, batch);
        using var team = new OpenMpTeam(threads);
        var read = gemms.ReadingWeights(team);
        for (var i = 0; i < 5; i++)
        {
            engine.Step();
            gemms.Run();
            read();
        }

        Action stepping = engine.Step, multiplying = gemms.Run;
        var (engineMs, gemmMs, readMs, allocated) = (new double[steps], new double[steps], new double[steps], 0L);
        for (var i = 0; i < steps; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            engineMs[i] = Alternating.Time(stepping);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            gemmMs[i] = Alternating.Time(multiplying);
            readMs[i] = Alternating.Time(read);
        }

        var (step, floor, reading) = (Alternating.Median(engineMs), Alternating.Median(gemmMs), Alternating.Median(readMs));
        return string.Create(CultureInfo.InvariantCulture,
            $"{type}, batch {batch}, context {Context}: step {step:F2} ms, {batch * 1000 / step:F0} tokens/s; {gemms.Count} bare GEMMs {floor:F2} ms; ratio {step / floor:F2}; reading its {gemms.WeightBytes / 1e6:F0} MB of weights alone {reading:F2} ms ({gemms.WeightBytes / reading / 1e6:F1} GB/s), {reading / step:F2} of the step; {allocated} bytes allocated in {steps} steps; {threads} threads");
    }
}
