using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Rollouts.Models;

/// <summary>
/// Opens libtorch's GPU libraries. They need others of NVIDIA's, which PyTorch installs beside itself in <c>nvidia/*/lib</c> and .NET does not know of:
/// each that the loader misses is looked for there and opened first.
/// </summary>
internal static partial class CudaLibraries
{
    private const int MaxMissing = 32;

    /// <exception cref="ModelFormatException">It cannot be opened; the message names what is missing.</exception>
    public static nint Open(string file)
    {
        var opened = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            try
            {
                return NativeLibrary.Load(file);
            }
            catch (DllNotFoundException e)
            {
                var missing = MissingFile().Match(e.Message).Groups["name"].Value;
                if (opened.Count == MaxMissing || !opened.Add(missing) || Find(file, missing) is not { } found)
                    throw new ModelFormatException($"{file} cannot be loaded: {e.Message}; put the folders nvidia/*/lib beside PyTorch's torch on LD_LIBRARY_PATH", e);
                Open(found);
            }
        }
    }

    /// <summary>torch/lib stands beside nvidia in site-packages.</summary>
    private static string? Find(string file, string name)
    {
        var nvidia = Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "nvidia");
        if (name.Length == 0 || !Directory.Exists(nvidia)) return null;
        return Directory.GetDirectories(nvidia).Select(d => Path.Combine(d, "lib", name)).FirstOrDefault(File.Exists);
    }

    // The loader's words: "libcublas.so.13: cannot open shared object file".
    [GeneratedRegex(@"(?<name>lib[\w.+-]+\.so[\d.]*): cannot open shared object file")]
    private static partial Regex MissingFile();
}
