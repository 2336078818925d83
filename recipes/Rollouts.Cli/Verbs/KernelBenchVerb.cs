using System.CommandLine;
using Rollouts.Kernels;

namespace Rollouts.Cli;

/// <summary><c>rollouts bench kernels</c></summary>
internal static class KernelBenchVerb
{
    public static Command Create()
    {
        var only = new Option<string?>("--only") { Description = "Names of kernels begin with this: attention, latent, rows, sampler, experts. Default: all." };
        var command = new Command("kernels", "The GPU's kernels against the speed of its memory.") { only };
        command.SetAction((parsed, _) => Outcome.OfAsync(() =>
        {
            if (CudaDevice.Count == 0) throw new InvalidOperationException("bench kernels: no NVIDIA driver or no GPU on this machine");
            foreach (var line in KernelBenchmark.Run(parsed.GetValue(only))) Console.Out.WriteLine(line);
            return Task.FromResult(ExitCode.Done);
        }));
        return command;
    }
}
