using System.Diagnostics;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>
/// A disk that is full and one whose fsync fails, real ones: a small tmpfs, and strace that answers EIO. The run ends with one clear line, what was committed
/// before stands whole, and once the fault is gone the same command goes on to the end. Without the right to mount, or without strace, these are skipped.
/// </summary>
public class DiskFaultTests
{
    private const int Groups = 60;
    private const int Siblings = 4;

    [Fact]
    public async Task Run_TheDiskIsFull_StopsWithOneLineAndResumesWhenThereIsRoom()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("out"));
        if (!await SucceedsAsync("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.File("out"))) Assert.Skip("needs the right to mount a tmpfs");
        try
        {
            await WriteJobAsync(folder);

            var full = await Tool.RunAsync(folder.Path, ["run", "job.yaml"]);
            (await SucceedsAsync("mount", "-o", "remount,size=64m", folder.File("out"))).ShouldBeTrue();
            var resumed = await Tool.RunAsync(folder.Path, ["run", "job.yaml"]);

            full.ExitCode.ShouldBe(1, full.Error);
            full.Error.Trim().Split('\n')[^1].ShouldContain("No space left on device");
            full.Error.ShouldNotContain("   at ");
            await ShouldBeWholeAsync(folder, resumed);
        }
        finally
        {
            await SucceedsAsync("umount", folder.File("out"));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Run_AnFsyncFails_StopsWithOneLineAndResumes(int failing)
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("needs strace");
        using var folder = new TemporaryFolder();
        await WriteJobAsync(folder);

        var failed = await Tool.RunUnderAsync("/usr/bin/strace", folder.Path, "-f", "-qq", "-o", "/dev/null", "-e", $"inject=fsync:error=EIO:when={failing}", Tool.Path, "run", "job.yaml");
        var resumed = await Tool.RunAsync(folder.Path, ["run", "job.yaml"]);

        failed.ExitCode.ShouldBe(1, failed.Error);
        failed.Error.ShouldContain("Input/output error");
        failed.Error.ShouldNotContain("   at ");
        await ShouldBeWholeAsync(folder, resumed);
    }

    private static async Task ShouldBeWholeAsync(TemporaryFolder folder, ToolResult resumed)
    {
        resumed.ExitCode.ShouldBe(0, resumed.Error);
        resumed.Output.ShouldContain($"issued {Groups * Siblings} = committed {Groups * Siblings} + ");
        var verified = await Tool.RunAsync(folder.Path, ["inspect", "out", "--verify"]);
        verified.ExitCode.ShouldBe(0, verified.Error);
    }

    private static async Task WriteJobAsync(TemporaryFolder folder)
    {
        await File.WriteAllLinesAsync(folder.File("prompts.jsonl"), Enumerable.Range(0, Groups).Select(i => $$"""{"id":"p{{i}}","question":"What is {{i}} plus {{i}}?"}"""));
        await File.WriteAllTextAsync(folder.File("job.yaml"), $$"""
            name: faults
            model: { path: {{Fixtures.Path("tokenizers", "byte-level-llama3")}} }
            prompts: { path: prompts.jsonl, text: question, id: id }
            sampling: { n: {{Siblings}}, max_tokens: 64, seed: 3 }
            actors:
              - { name: local, engine: { kind: synthetic, max_running: 16, tokens_per_second: 2000, median_tokens: 48, p99_tokens: 64 } }
            output: { path: out, rows_per_file: 20 }
            """);
    }

    private static async Task<bool> SucceedsAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
