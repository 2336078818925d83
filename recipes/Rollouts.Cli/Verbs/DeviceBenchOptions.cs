using System.CommandLine;
using Rollouts.Engine;
using Rollouts.Models;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary>What <c>bench engine</c> takes besides, for GPUs.</summary>
internal static class DeviceBenchOptions
{
    /// <summary>Adds the options to a command that measures the CPU; with a GPU as device it measures that.</summary>
    public static void AddTo(Command command)
    {
        var device = GenerationVerb.DeviceOption();
        var shape = new Option<string>("--shape") { Description = "On a GPU: llama-8b, qwen3-0.6b, qwen3-8b or deepseek-v2-lite. Default llama-8b.", DefaultValueFactory = _ => "llama-8b" };
        var context = new Option<int>("--context") { Description = "On a GPU: tokens of each sequence. Default 1024.", DefaultValueFactory = _ => 1024 };
        var workload = new Option<string>("--workload") { Description = "On a GPU: decode (steady steps), offline (256 requests of 128 in and 256 out), mixed (256 of 100 to 1,024). Default decode.", DefaultValueFactory = _ => "decode" };
        var tp = GenerationVerb.TensorParallelOption();
        var collectives = new Option<DeviceCollectives>("--collectives") { Description = "On GPUs: how ranks sum: auto, peermemory, nccl or host. With nccl one rank sums too. Default auto." };
        foreach (var option in new Option[] { device, shape, context, workload, tp, collectives }) command.Add(option);
        var (batch, steps) = ((Option<int[]>)command.Options.First(o => o.Name == "--batch"), (Option<int>)command.Options.First(o => o.Name == "--steps"));
        var onProcessor = command.Action as System.CommandLine.Invocation.AsynchronousCommandLineAction;
        command.SetAction((parsed, cancellationToken) => GenerationVerb.Placement(parsed.GetValue(device)!) is { IsGpu: true } gpu
            ? Outcome.OfAsync(() => Run(new EngineOptions { Device = gpu, Parallel = new ParallelPlan(parsed.GetValue(tp)), Collectives = parsed.GetValue(collectives) }, parsed.GetValue(shape)!, parsed.GetValue(workload)!, parsed.GetValue(batch)!, parsed.GetValue(context), parsed.GetValue(steps)))
            : onProcessor!.InvokeAsync(parsed, cancellationToken));
    }

    private static Task<int> Run(EngineOptions gpu, string shape, string workload, int[] batches, int context, int steps)
    {
        foreach (var line in Lines(gpu, shape, workload, batches, context, steps)) Console.Out.WriteLine(line);
        return Task.FromResult(ExitCode.Done);
    }

    private static IEnumerable<string> Lines(EngineOptions gpu, string shape, string workload, int[] batches, int context, int steps) => workload switch
    {
        "decode" => DeviceEngineBenchmark.Decode(shape, gpu, batches, context, steps),
        "offline" => [DeviceEngineBenchmark.Offline(shape, gpu, 128, 256)],
        "mixed" => [DeviceEngineBenchmark.Mixed(shape, gpu)],
        _ => throw new ArgumentException($"--workload {workload}: decode, offline or mixed"),
    };
}
