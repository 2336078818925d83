using System.Globalization;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench load</c>: a random checkpoint of 2.2 GB against the same bytes read into fresh memory by as many threads, alternating, with the page cache warm.</summary>
public static class LoadBenchmark
{
    /// <summary>Writes the checkpoint once, then loads it some times.</summary>
    public static IEnumerable<string> Run(int rounds)
    {
        var folder = BenchmarkModels.Folder("llama-1b", RandomModel.Llama1B);
        var (weights, threads) = (Path.Combine(folder, "model.safetensors"), Environment.ProcessorCount);
        var config = ModelConfigReader.Read(folder);
        LibTorch.Ensure();
        LibTorch.SetThreads(threads);
        using var team = new OpenMpTeam(threads);
        var (reading, bytes) = (new FileReading(), new FileInfo(weights).Length);
        var (load, read) = (new double[rounds], new double[rounds]);
        var (peak, before) = (0L, AnonymousMemory.Now());
        reading.Run(weights, team);
        for (var i = 0; i < rounds; i++)
        {
            using (var memory = new AnonymousMemory())
            {
                load[i] = Alternating.Time(() => ModelRegistry.Load(folder, config, new ModelOptions(ElementType.BFloat16, 64, 16, 4) { Threads = threads }, team).Dispose());
                peak = Math.Max(peak, memory.Peak);
            }

            read[i] = Alternating.Time(() => reading.Run(weights, team));
        }

        var (loading, floor) = (Alternating.Median(load) / 1000, Alternating.Median(read) / 1000);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{bytes / 1e9:F2} GB of bfloat16: loaded in {loading:F2} s ({bytes / loading / 1e9:F2} GB/s); read into fresh memory in {floor:F2} s ({bytes / floor / 1e9:F2} GB/s); {floor / loading:P0} of that speed; RssAnon at most {peak / 1e9:F2} GB, {peak / (double)bytes:F3} of the weights ({before / 1e6:F0} MB before); {threads} threads, median of {rounds}");
    }
}
