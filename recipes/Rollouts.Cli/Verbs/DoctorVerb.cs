using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
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
        }
        catch (ModelFormatException e)
        {
            Say("libtorch", e.Message);
            sound = false;
        }

        return sound ? ExitCode.Done : ExitCode.Failed;
    }

    private static string CpuName() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown"
        : "unknown";

    private static void Say(string what, string finding) => Console.Out.WriteLine($"{what,-10} {finding}");
}
