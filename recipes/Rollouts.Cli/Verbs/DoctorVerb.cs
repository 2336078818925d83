using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Cli;

/// <summary><c>rollouts doctor</c></summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var command = new Command("doctor", "Tells what this machine has, and what to do where something is missing.");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var sound = true;
        Say(".NET", $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}");
        Say("processor", $"{Environment.ProcessorCount} threads, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits, {CpuName()}");
        Say("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20} MiB");
        var composes = "e\u0301".Normalize(NormalizationForm.FormC) == "\u00E9";
        Say("Unicode", composes ? "normalisation works" : "normalisation does not work: install libicu (Debian: apt-get install libicu72) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT");
        sound &= composes;
        try
        {
            var found = LibTorch.Ensure();
            Say("libtorch", $"{found.Folder}{(found.Patched ? "; TorchSharp's library is a copy for this older libstdc++" : "")}");
            Say("GPU", Gpu(found));
        }
        catch (ModelFormatException e)
        {
            Say("libtorch", e.Message);
            sound = false;
        }

        return sound ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>What <c>device: cuda</c> needs: a driver, a GPU, a libtorch for it with the functions that are called.</summary>
    private static string Gpu(LibTorchFound torch)
    {
        var count = CudaDevice.Count;
        if (count == 0) return "none: no NVIDIA driver, or no GPU (device: cuda needs one)";
        var gpus = $"{count} ({string.Join(", ", Enumerable.Range(0, count).Select(CudaDevice.NameOf))})";
        if (!torch.HasCuda) return $"{gpus}; but this libtorch is for processors: set {LibTorch.Variable} to the torch/lib folder of a PyTorch for CUDA, or build with -p:Torch=cuda";
        var missing = torch.MissingForCuda().ToArray();
        return missing.Length == 0 ? $"{gpus}; libtorch has all that device: cuda calls" : $"{gpus}; but this libtorch lacks {string.Join(", ", missing)}: PyTorch 2.10 and 2.11 have them";
    }

    private static string CpuName() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown"
        : "unknown";

    private static void Say(string what, string finding) => Console.Out.WriteLine($"{what,-10} {finding}");
}
