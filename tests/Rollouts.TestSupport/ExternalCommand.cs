using System.ComponentModel;
using System.Diagnostics;

namespace Rollouts.TestSupport;

/// <summary>A command of the operating system, run to its end.</summary>
internal static class ExternalCommand
{
    private const int NumLinesKept = 4;

    /// <exception cref="ExternalCommandException">It is not there, failed, or took too long; the message ends with the last lines that it printed.</exception>
    /// <returns>What it printed to its standard output.</returns>
    public static async Task<string> RunAsync(string folder, string program, string[] arguments, CancellationToken deadline)
    {
        using var process = Start(folder, program, arguments);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        await process.WaitForExitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var late = !process.HasExited;
        if (late) process.Kill(entireProcessTree: true);
        var lines = $"{await output}\n{await error}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!late && process.ExitCode == 0) return await output;
        var ending = late ? "did not end in time" : $"ended with {process.ExitCode}";
        throw new ExternalCommandException($"{program} {string.Join(' ', arguments)} {ending}: {string.Join(" / ", lines.TakeLast(NumLinesKept))}.");
    }

    private static Process Start(string folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C", ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new ExternalCommandException($"{program} cannot be started: {missing.Message}.");
        }
    }
}

/// <summary>A command that is not there, failed, or took too long.</summary>
public sealed class ExternalCommandException(string message) : Exception(message);
