using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Rollouts.Data;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>
/// kill -9 of a run, half at random moments, half at named points of the commit path, resumed each time: nothing lost, nothing twice.
/// The long campaign: <c>ROLLOUTS_KILLS=100 ROLLOUTS_GROUPS=2500 artifacts/bin/Rollouts.Integration.Tests/release/Rollouts.Integration.Tests -class Rollouts.Integration.Tests.DurabilityTests</c>.
/// </summary>
public class DurabilityTests(ITestOutputHelper output)
{
    private const int Siblings = 8;
    private static readonly string[] Points = ["create", "create+", "sync", "sync+", "rename", "rename+", "sync_folder", "sync_folder+", "append", "append-half", "append+"];

    [Fact]
    public async Task Run_KilledAgainAndAgain_CommitsEveryRolloutExactlyOnce()
    {
        var (kills, groups) = (Setting("ROLLOUTS_KILLS", 12), Setting("ROLLOUTS_GROUPS", 300));
        using var folder = new TemporaryFolder();
        await WriteJobAsync(folder, groups);
        var random = new Random(Setting("ROLLOUTS_SEED", 1));
        var clock = Stopwatch.StartNew();
        var killed = 0;
        for (; killed < kills; killed++)
            if (!await KillOnceAsync(folder, killed, random)) break;

        var last = await Tool.RunAsync(folder.Path, ["run", "job.yaml"]);

        last.ExitCode.ShouldBe(0, last.Error);
        var report = FolderVerifier.Verify(new OutputFolder(folder.File("out")));
        report.Faults.ShouldBeEmpty();
        report.Accounting.Issued.ShouldBe(groups * Siblings);
        report.Accounting.Committed.ShouldBe(groups * Siblings);
        Query(folder, "select count(*) from 'out/data/*.parquet'").ShouldBe(groups * Siblings);
        Query(folder, "select count(*) from (select distinct prompt_id, sample_index from 'out/data/*.parquet')").ShouldBe(groups * Siblings);
        Query(folder, "select count(*) from 'out/data/*.parquet' where len(completion_token_ids) <> len(logprobs)").ShouldBe(0);
        output.WriteLine($"{killed} kills over {groups * Siblings} rollouts in {clock.Elapsed.TotalSeconds:F0} s: 0 lost, 0 twice, {report.Files} files, {report.Accounting.Attempts} attempts counted by the sessions that lived to say so");
    }

    /// <summary>False where the run ended before it could be killed.</summary>
    private static async Task<bool> KillOnceAsync(TemporaryFolder folder, int number, Random random)
    {
        if (number % 2 == 0)
        {
            var point = Points[number / 2 % Points.Length];
            var crashed = await Tool.RunAsync(folder.Path, ["run", "job.yaml"], "", ("ROLLOUTS_CRASH_AT", $"{point}:{1 + random.Next(3)}"));
            return crashed.ExitCode == 128 + 9;
        }

        using var process = Tool.Start(folder.Path, ["run", "job.yaml"]);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(200 + random.Next(1800)));
        await process.WaitForExitAsync(moment.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (process.HasExited) return false;
        process.Kill();
        await process.WaitForExitAsync();
        return true;
    }

    private static async Task WriteJobAsync(TemporaryFolder folder, int groups)
    {
        await File.WriteAllLinesAsync(folder.File("prompts.jsonl"), Enumerable.Range(0, groups).Select(i => $$"""{"id":"p{{i}}","question":"What is {{i}} plus {{i}}?","answer":{{2 * i}}}"""));
        await File.WriteAllTextAsync(folder.File("job.yaml"), $$"""
            name: durability
            model: { path: {{Fixtures.Path("tokenizers", "byte-level-llama3")}} }
            prompts: { path: prompts.jsonl, text: question, id: id }
            sampling: { n: {{Siblings}}, max_tokens: 64, seed: 3 }
            actors:
              - { name: local, replicas: 2, engine: { kind: synthetic, max_running: 32, tokens_per_second: 200, median_tokens: 48, p99_tokens: 64 } }
            output: { path: out, seal_after: 1s, rows_per_file: 200 }
            """);
    }

    private static int Query(TemporaryFolder folder, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace("'out/", $"'{folder.Path}/out/", StringComparison.Ordinal);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
