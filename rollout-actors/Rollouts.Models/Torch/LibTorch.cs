using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Rollouts.Models;

/// <summary>
/// The one home of libtorch's loading. It is looked for beside the program, in <c>ROLLOUTS_LIBTORCH</c> (a PyTorch install's torch/lib works), and in the
/// package folder that the build used; loaded in order, so that no output folder needs a copy.
/// </summary>
public static class LibTorch
{
    /// <summary>The environment variable that names a folder with libtorch.</summary>
    public const string Variable = "ROLLOUTS_LIBTORCH";

    private static readonly Lazy<LibTorchFound> Loaded = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads libtorch, once. Call it before the first use of TorchSharp.</summary>
    /// <returns>What was loaded, for people.</returns>
    /// <exception cref="ModelFormatException">It cannot be loaded; the message says where it was looked for and what to do.</exception>
    public static LibTorchFound Ensure() => Loaded.Value;

    /// <summary>Threads that libtorch's own work runs on.</summary>
    public static void SetThreads(int threads)
    {
        Ensure();
        torch.set_num_threads(threads);
    }

    private static LibTorchFound Load()
    {
        NativeEnvironment.SetDefaults();
        var torch = FolderOf("libtorch_cpu.so", "LibTorchNative");
        // A PyTorch install may keep its OpenMP library elsewhere; then the system's serves both.
        var gomp = Directory.GetFiles(torch, "libgomp*") is [var bundled, ..] ? Open(bundled) : Open("libgomp.so.1");
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" }) Open(Path.Combine(torch, name));
        var (library, patched) = OpenLibTorchSharp(Path.Combine(FolderOf("libLibTorchSharp.so", "TorchSharpNative"), "libLibTorchSharp.so"));
        var cpu = NativeLibrary.Load(Path.Combine(torch, "libtorch_cpu.so"));
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? library : 0);
        NativeLibrary.SetDllImportResolver(typeof(LibTorch).Assembly, (name, _, _) => name switch { "torch_cpu" => cpu, "gomp" => gomp, _ => 0 });
        // TorchSharp looks for its natives by itself unless it believes that they are there already.
        typeof(torch).GetField("nativeBackendLoaded", BindingFlags.Static | BindingFlags.NonPublic)?.SetValue(null, true);
        return new LibTorchFound(torch, patched);
    }

    private static string FolderOf(string file, string metadata)
    {
        var built = typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == metadata).Value;
        string?[] candidates = [AppContext.BaseDirectory, Environment.GetEnvironmentVariable(Variable), built];
        return candidates.FirstOrDefault(c => c is not null && File.Exists(Path.Combine(c, file)))
            ?? throw new ModelFormatException($"{file} was not found in {string.Join(", ", candidates.Where(c => c is not null))}; restore the solution again, or set {Variable} to a PyTorch install's torch/lib");
    }

    private static nint Open(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new ModelFormatException($"{file} cannot be loaded: {e.Message}", e);
        }
    }

    /// <summary>As it is where that works; else a copy whose demand for a newer libstdc++ is weak.</summary>
    private static (nint Library, bool Patched) OpenLibTorchSharp(string file)
    {
        try
        {
            return (NativeLibrary.Load(file), false);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(WeakVersion.Symbol, StringComparison.Ordinal))
        {
            return (Open(WeakVersion.PatchedCopy(file)), true);
        }
        catch (DllNotFoundException e)
        {
            throw new ModelFormatException($"{file} cannot be loaded: {e.Message}", e);
        }
    }
}

/// <summary>The libtorch in use.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Patched">Whether TorchSharp's library is the copy for an older libstdc++.</param>
public sealed record LibTorchFound(string Folder, bool Patched);
