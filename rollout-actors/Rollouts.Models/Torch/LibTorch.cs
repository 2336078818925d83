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

    private const string CudaFile = "libtorch_cuda.so";

    private static readonly Lazy<LibTorchFound> Loaded = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads libtorch, once. Call it before the first use of TorchSharp.</summary>
    /// <returns>What was loaded, for people.</returns>
    /// <exception cref="ModelFormatException">It cannot be loaded; the message says where it was looked for and what to do.</exception>
    public static LibTorchFound Ensure() => Loaded.Value;

    /// <summary>Loads a libtorch that knows GPUs.</summary>
    /// <exception cref="ModelFormatException">The one that is there does not; the message says what to do.</exception>
    public static LibTorchFound EnsureCuda() => Ensure() is { HasCuda: true } found ? found : throw new ModelFormatException(
        $"device cuda: the libtorch in {Ensure().Folder} has no {CudaFile}; set {Variable} to the torch/lib folder of a PyTorch for CUDA " +
        "(python3 -c 'import torch, os; print(os.path.dirname(torch.__file__))'), or build with -p:Torch=cuda");

    /// <summary>Has products on GPUs sum a row in the same order whatever the batch; before libtorch is loaded.</summary>
    public static void PrepareDeterminism() => NativeEnvironment.SetDeterminism();

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
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so" }) Open(Path.Combine(torch, name));
        var cuda = File.Exists(Path.Combine(torch, CudaFile)) ? OpenCuda(torch) : 0;
        Open(Path.Combine(torch, "libtorch.so"));
        var (library, patched) = OpenLibTorchSharp(Path.Combine(FolderOf("libLibTorchSharp.so", "TorchSharpNative"), "libLibTorchSharp.so"));
        var cpu = NativeLibrary.Load(Path.Combine(torch, "libtorch_cpu.so"));
        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? library : 0);
        NativeLibrary.SetDllImportResolver(typeof(LibTorch).Assembly, (name, _, _) => name switch { "torch_cpu" => cpu, "gomp" => gomp, _ => 0 });
        // TorchSharp looks for its natives by itself unless it believes that they are there already.
        typeof(torch).GetField("nativeBackendLoaded", BindingFlags.Static | BindingFlags.NonPublic)?.SetValue(null, true);
        return new LibTorchFound(torch, patched) { Cpu = cpu, Cuda = cuda };
    }

    private static nint OpenCuda(string torch)
    {
        CudaLibraries.Open(Path.Combine(torch, "libc10_cuda.so"));
        return CudaLibraries.Open(Path.Combine(torch, CudaFile));
    }

    private static string FolderOf(string file, string metadata)
    {
        var built = typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == metadata).Value;
        // What somebody names goes before what lies beside the program.
        string?[] candidates = [Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory, built];
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
public sealed record LibTorchFound(string Folder, bool Patched)
{
    /// <summary>Whether it is one for GPUs.</summary>
    public bool HasCuda => Cuda != 0;

    /// <summary>Functions that the engine calls on GPUs and this libtorch lacks.</summary>
    public IEnumerable<string> MissingForCuda() => DeviceTorch.CudaSymbols.Where(symbol => !TryExport(symbol, out _));

    internal nint Cpu { get; init; }

    internal nint Cuda { get; init; }

    /// <summary>A C function of it.</summary>
    /// <exception cref="ModelFormatException">It has none of this name.</exception>
    internal nint Export(string symbol)
    {
        if (TryExport(symbol, out var address)) return address;
        throw new ModelFormatException($"the libtorch in {Folder} has no function {symbol}; PyTorch 2.10 and 2.11 have it");
    }

    private bool TryExport(string symbol, out nint address)
    {
        address = 0;
        return (Cuda != 0 && NativeLibrary.TryGetExport(Cuda, symbol, out address)) || NativeLibrary.TryGetExport(Cpu, symbol, out address);
    }
}
