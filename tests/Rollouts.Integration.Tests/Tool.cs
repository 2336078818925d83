using System.Diagnostics;

namespace Rollouts.Integration.Tests;

/// <summary>The built <c>rollouts</c> program, as a process.</summary>
internal static class Tool
{
    /// <summary>The program beside the tests' own output.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "..", "..", "Rollouts.Cli", System.IO.Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "rollouts"));

    public static Process Start(string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment) => Start(Path, folder, arguments, environment);

    /// <summary>The same, for somebody else to start.</summary>
    public static ProcessStartInfo Prepare(string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment) => Prepare(Path, folder, arguments, environment);

    public static Task<ToolResult> RunAsync(string folder, IEnumerable<string> arguments, string input = "", params (string Name, string Value)[] environment) =>
        ResultAsync(Start(Path, folder, arguments, environment), input);

    /// <summary>Another program that runs the tool.</summary>
    public static Task<ToolResult> RunUnderAsync(string program, string folder, params string[] arguments) => ResultAsync(Start(program, folder, [.. arguments], []), "");

    private static Process Start(string program, string folder, IEnumerable<string> arguments, (string Name, string Value)[] environment) => Process.Start(Prepare(program, folder, arguments, environment))!;

    private static ProcessStartInfo Prepare(string program, string folder, IEnumerable<string> arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    private static async Task<ToolResult> ResultAsync(Process started, string input)
    {
        using var process = started;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await process.WaitForExitAsync(patience.Token);
        return new ToolResult(process.ExitCode, await output, await error);
    }
}

/// <summary>What a run of the tool gave.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error);
