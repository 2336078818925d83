using System.Globalization;
using DuckDB.NET.Data;
using Rollouts.Data;
using Rollouts.Recipes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>Rows of a run that was mixed in every way are regenerated bit for bit, and one changed bit is found.</summary>
public class ReplayTests
{
    private static readonly string Model = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    [Theory]
    [InlineData("float32", "sampled")]
    [InlineData("bfloat16", "3")]
    public async Task RunAsync_RowsOfAMixedRun_AreAllIdentical(string dtype, string logProbs)
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, interruptions: 2, $"model.dtype={dtype}", $"sampling.logprobs={logProbs}", "sampling.prompt_logprobs=true", "sampling.repetition_penalty=1.1", "sampling.n=4", "prompts.limit=60");

        var report = await Replayer.RunAsync(folder.File("out"), new RowSelection(Rows: 200, Seed: 1), [], default);

        Query(folder, "select sum(num_preempted) > 0 and count(distinct actor) = 2 and count(*) = 240 from 'out/data/*.parquet'").ShouldBe("True");
        report.Differences.ShouldBeEmpty();
        report.Identical.ShouldBe(200);
        report.NotReplayable.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_ChangedRows_AreFoundWithTheirFirstDifference()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, interruptions: 0, "prompts.limit=6");
        var stored = await StoredRollouts.ReadAsync(new OutputFolder(folder.File("out")), new RowSelection(), default).ToArrayAsync();
        var (changed, cut) = (stored.First(r => r.Completion.TokenIds.Length > 12), stored.Last(r => r.Completion.TokenIds.Length > 12));
        Rewrite(folder, $$"""
            case when {{Is(changed)}} then list_transform(logprobs, (x, i) -> case when i = 8 then x * 1.0000002::float else x end) else logprobs end as logprobs,
            case when {{Is(cut)}} then list_transform(completion_token_ids, (x, i) -> case when i = 3 then x + 1 else x end) else completion_token_ids end as completion_token_ids
            """);

        var report = await Replayer.RunAsync(folder.File("out"), new RowSelection(), [], default);

        report.Identical.ShouldBe(46);
        var (float_, token) = (report.Differences.Single(d => d.Id == changed.Id), report.Differences.Single(d => d.Id == cut.Id));
        float_.Where.ShouldBe("token 7");
        float_.Replayed.ShouldBe($"{changed.Completion.TokenIds[7]} ({changed.Completion.LogProbs[7].ToString("R", CultureInfo.InvariantCulture)})");
        token.Where.ShouldBe("token 2");
        token.Stored.ShouldStartWith($"{cut.Completion.TokenIds[2] + 1} (");
        (await Tool.RunAsync(folder.Path, ["replay", "out", "--prompt", changed.Id.Group.Prompt.Value, "--sibling", $"{changed.Id.Sibling}", "--epoch", "0"])).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task RunAsync_RowsOfSeveralVersions_NeedTheirWeightsAndAreContinuedUnderThem()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, interruptions: 0, "prompts.limit=4");
        // Siblings 0 and 1 were drawn under version 1 as a whole or from their fifth token, and 2 kept its old KV.
        Rewrite(folder, """
            case when sample_index < 3 then list_transform(policy_version, (x, i) -> case when sample_index = 0 or i > 4 then 1 else 0 end) else policy_version end as policy_version,
            case sample_index when 1 then 'recomputed' when 2 then 'kept' end as kv_after_update
            """);

        var without = await Replayer.RunAsync(folder.File("out"), new RowSelection(), [], default);
        var with = await Replayer.RunAsync(folder.File("out"), new RowSelection(), [$"1={Model}"], default);
        var wrong = await Replayer.RunAsync(folder.File("out"), new RowSelection(), [$"1={Changed(folder)}"], default);

        without.Identical.ShouldBe(20);
        without.NotReplayable.ShouldBe(new Dictionary<string, long>
        {
            ["KV of older weights was kept across a change of weights"] = 4, ["drawn under version 1, whose weights were not given (--weights 1=DIR)"] = 8,
        }, ignoreOrder: true);
        (with.Identical, with.Differences.Length, with.NotReplayable.Values.Sum()).ShouldBe((28, 0, 4));
        wrong.Differences.Length.ShouldBe(8);
        wrong.Differences.Where(d => d.Id.Sibling == 1).ShouldAllBe(d => d.Where == "token 4");
    }

    [Fact]
    public async Task Replay_Tool_SaysWhatItFoundAndWhatToMend()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, interruptions: 0, "prompts.limit=3", "actors.0.engine.deterministic=false");

        var some = await Tool.RunAsync(folder.Path, ["replay", "out", "--rows", "10", "--seed", "3"]);
        var json = await Tool.RunAsync(folder.Path, ["replay", "out", "--rows", "10", "--json"]);
        var nobody = await Tool.RunAsync(folder.Path, ["replay", "out", "--prompt", "nobody"]);
        var notSo = await Tool.RunAsync(folder.Path, ["replay", "out", "--weights", "new"]);
        var other = await Tool.RunAsync(folder.Path, ["replay", "out", "--weights", $"0={Changed(folder)}"]);

        some.Output.ShouldContain("10 rows replayed");
        some.Output.ShouldContain("made without engine.deterministic");
        json.Output.ShouldContain("\"replayed\":10");
        (nobody.ExitCode, notSo.ExitCode, other.ExitCode).ShouldBe((2, 2, 2));
        nobody.Error.ShouldContain("no such row");
        notSo.Error.ShouldContain("VERSION=DIR");
        other.Error.ShouldContain("model.safetensors changed since the run");
    }

    /// <summary>Two actors with little memory for KV, stopped and taken up again.</summary>
    private static async Task RunAsync(TemporaryFolder folder, int interruptions, params string[] changes)
    {
        var loaded = RecipeReader.Load(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"),
        [
            $"output.path={folder.File("out")}", "sampling.n=8", "filter.zero_variance=keep", "batch.groups=1", "actors.0.replicas=2", "actors.0.engine.deterministic=true", "actors.0.engine.kv_memory=400KiB", "actors.0.engine.max_running=16", .. changes,
        ]);
        for (var i = 0; i < interruptions; i++) await Interruption.RunAndStopAsync(loaded, tokens: 200);
        await using var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default);
        await job.RunAsync(default);
    }

    private static string Is(StoredRollout row) => $"prompt_id = '{row.Id.Group.Prompt.Value}' and sample_index = {row.Id.Sibling}";

    /// <summary>Writes the data files anew with other columns.</summary>
    private static void Rewrite(TemporaryFolder folder, string columns)
    {
        foreach (var path in Directory.GetFiles(folder.File("out/data")))
        {
            Query(folder, $"copy (select * replace ({columns}) from '{path}') to '{path}.new' (format parquet)");
            File.Move($"{path}.new", path, overwrite: true);
        }
    }

    /// <summary>The same model with other numbers in its middle.</summary>
    private static string Changed(TemporaryFolder folder)
    {
        var copy = folder.File("changed");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(Model)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        var weights = File.ReadAllBytes(Path.Combine(copy, "model.safetensors"));
        for (var i = weights.Length / 2; i < weights.Length - 8; i += 2) weights[i] ^= 0x7F;
        File.WriteAllBytes(Path.Combine(copy, "model.safetensors"), weights);
        return copy;
    }

    private static string? Query(TemporaryFolder folder, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace("'out/", $"'{folder.Path}/out/", StringComparison.Ordinal);
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
