using System.CommandLine;
using Rollouts.Data;

namespace Rollouts.Cli;

/// <summary><c>rollouts inspect OUTPUT</c></summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("output") { Description = "The output folder of a run." };
        var prompt = new Option<string?>("--prompt") { Description = "Only this prompt's rollouts." };
        var failures = new Option<bool>("--failures") { Description = "Failure rows instead of data rows." };
        var verify = new Option<bool>("--verify") { Description = "Checks every file against the manifest." };
        var rows = new Option<int>("--rows") { Description = "Rows to show. Default 10.", DefaultValueFactory = _ => 10 };
        var command = new Command("inspect", "Shows rollouts of an output folder, or checks its files.") { folder, prompt, failures, verify, rows };
        command.SetAction((parsed, cancellationToken) => Outcome.OfAsync(async () =>
        {
            var output = new OutputFolder(parsed.GetValue(folder)!);
            if (parsed.GetValue(verify)) return Verify(output);
            await foreach (var row in FolderReader.ReadAsync(output, parsed.GetValue(failures), parsed.GetValue(prompt), cancellationToken).Take(parsed.GetValue(rows)))
                Console.Out.WriteLine(row);
            return ExitCode.Done;
        }));
        return command;
    }

    private static int Verify(OutputFolder folder)
    {
        var report = FolderVerifier.Verify(folder);
        foreach (var fault in report.Faults) Console.Error.WriteLine(fault);
        Console.Out.WriteLine($"{report.Files} files, {report.Rows} rows, {report.Bytes} bytes: {(report.Faults.Count == 0 ? "as the manifest says" : $"{report.Faults.Count} faults")}");
        Console.Out.WriteLine(report.Accounting);
        return report.Faults.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
