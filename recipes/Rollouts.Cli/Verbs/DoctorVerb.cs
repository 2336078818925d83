using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Kernels;
using Rollouts.Models;
using Rollouts.Recipes;

namespace Rollouts.Cli;

/// <summary><c>rollouts doctor [--url U | --recipe FILE]</c></summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var server = new ServerOptions(isRequired: false);
        var job = new Option<string?>("--job") { Description = "The job that this user is to drive or to serve: what it may do there is tried." };
        var recipe = new Option<string?>("--recipe") { Description = "A recipe: its transport is the server, its name the job." };
        var command = new Command("doctor", "Tells what this machine and a NATS server have, and what to do where something is missing.") { job, recipe };
        server.AddTo(command);
        command.SetAction((parsed, stopping) => Outcome.OfAsync(async () =>
        {
            var (settings, name) = parsed.GetValue(recipe) is { } file ? OfRecipe(RecipeReader.Load(file, [])) : (server.IsGiven(parsed) ? server.Read(parsed) : null, parsed.GetValue(job));
            var sound = Examine();
            if (settings is not null) sound &= await ExamineAsync(settings, name, stopping);
            return sound ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    private static (NatsSettings? Settings, string? Job) OfRecipe(LoadedRecipe loaded)
    {
        if (!loaded.Recipe.Transport.IsLocal) return (loaded.Recipe.Transport.ToSettings(loaded), loaded.Recipe.Name);
        Say("NATS", $"the recipe {loaded.Recipe.Name} runs in process and needs no server");
        return (null, null);
    }

    private static async Task<bool> ExamineAsync(NatsSettings settings, string? job, CancellationToken stopping)
    {
        var sound = true;
        await foreach (var finding in new ServerDoctor(settings, job, TimeProvider.System).ExamineAsync(stopping))
        {
            Say(finding.What, $"{(finding.Kind switch { FindingKind.Fault => "fault: ", FindingKind.Remark => "note: ", _ => "" })}{finding.Text}");
            sound &= finding.Kind != FindingKind.Fault;
        }

        return sound;
    }

    private static bool Examine()
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

        return sound;
    }

    /// <summary>What <c>device: cuda</c> needs: a driver, a GPU, a libtorch for it with the functions that are called.</summary>
    private static string Gpu(LibTorchFound torch)
    {
        var count = CudaDevice.Count;
        if (count == 0) return "none: no NVIDIA driver, or no GPU (device: cuda needs one)";
        var gpus = $"{count} ({string.Join(", ", Enumerable.Range(0, count).Select(CudaDevice.NameOf))})";
        if (!torch.HasCuda) return $"{gpus}; but this libtorch is for processors: set {LibTorch.Variable} to the torch/lib folder of a PyTorch for CUDA, or build with -p:Torch=cuda";
        var missing = torch.MissingForCuda().ToArray();
        return missing.Length == 0 ? $"{gpus}; libtorch has all that device: cuda calls{(count > 1 ? $"; parallel.tp {Ranks(count)}" : "")}" : $"{gpus}; but this libtorch lacks {string.Join(", ", missing)}: PyTorch 2.10 and 2.11 have them";
    }

    /// <summary>By what ranks on several GPUs would sum.</summary>
    private static string Ranks(int count)
    {
        var reach = Enumerable.Range(0, count).All(a => Enumerable.Range(0, count).All(b => CudaDevice.CanReach(a, b)));
        var nccl = NcclCommunicator.Version is { } version ? $"NCCL {version}" : "no libnccl.so.2 (put nvidia/nccl/lib beside PyTorch's torch on LD_LIBRARY_PATH)";
        return reach ? $"sums over the GPUs' own links; {nccl}" : $"needs NCCL, for not every GPU reaches every other's memory: {nccl}";
    }

    private static string CpuName() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown"
        : "unknown";

    private static void Say(string what, string finding) => Console.Out.WriteLine($"{what,-10} {finding}");
}
