using System.Globalization;
using Rollouts.Engine;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary><c>bench parallel</c>: decode steps of a 135M-parameter Llama at tp 2, one thread a rank, and at tp 1 with two threads, alternating in one process.</summary>
public static class ParallelBenchmark
{
    private const int Threads = 2;

    /// <summary>Longer than idle threads of either look for work before they sleep.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    /// <summary>A line a batch size.</summary>
    public static IEnumerable<string> Run(ModelDtype dtype, IReadOnlyList<int> batches, int steps)
    {
        var folder = BenchmarkModels.Folder("llama-135m-even-heads", RandomModel.Llama135MEvenHeads);
        var (type, note) = Dtypes.Resolve(dtype, ModelConfigReader.Read(folder));
        if (note is not null) yield return note;
        foreach (var batch in batches)
        {
            DecodeBenchmark Start(int tensorParallel) => new(
                folder, type, batch, Math.Max(1, EngineBenchmark.Context - steps / 2), steps * 3, new SamplingParams { Seed = 1 }, new EngineOptions { Threads = Threads, Parallel = new ParallelPlan(tensorParallel) });
            using var one = Start(1);
            using var two = Start(2);
            var (oneMs, twoMs) = Alternating.Measure(steps, one.Step, two.Step, () => Settle(Threads, one), () => Settle(1, two));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{type}, batch {batch}, context {EngineBenchmark.Context}, 8 heads, 4 KV heads: tp 1 with {Threads} threads {oneMs:F2} ms; tp 2 with one thread a rank {twoMs:F2} ms; ratio {twoMs / oneMs:F2}");
        }
    }

    /// <summary>
    /// Both run on this thread, for which libtorch keeps how many others it may use. Those of the other side still spin when its step has ended, and would take a processor from this one:
    /// they are let go to sleep first, and one step that is not timed wakes this side's.
    /// </summary>
    private static void Settle(int threads, DecodeBenchmark side)
    {
        LibTorch.SetThreads(threads);
        using var never = new ManualResetEventSlim();
        never.Wait(Pause);
        side.Step();
    }
}
