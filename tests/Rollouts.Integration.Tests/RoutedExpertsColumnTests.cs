using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Rollouts.Data;
using Rollouts.Recipes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>A recipe over a model with experts, spread over ranks: each row says which experts its tokens went to.</summary>
public class RoutedExpertsColumnTests
{
    [Fact]
    public async Task Run_ReturnRoutedExperts_StandsInEveryRow()
    {
        using var folder = new TemporaryFolder();
        var loaded = Load(folder, "actors.0.parallel.tp=2", "actors.0.parallel.ep=2", "actors.0.engine.return_routed_experts=true", "actors.0.engine.deterministic=true");

        await using (var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default)) await job.RunAsync(default);

        var rows = 0;
        await foreach (var text in FolderReader.ReadAsync(new OutputFolder(folder.File("out")), failures: false, promptId: null, default))
        {
            var row = JsonNode.Parse(text)!.AsObject();
            var tokens = row["prompt_token_ids"].Deserialize<int[]>()!.Length + row["completion_token_ids"].Deserialize<int[]>()!.Length - 1;
            // Layers 1 and 2 have experts, of which three are chosen.
            Convert.FromBase64String(row["routed_experts"]!.GetValue<string>()).Length.ShouldBe(tokens * 2 * 3);
            rows++;
        }

        rows.ShouldBe(4);
        Bytes(folder).ShouldBe(4 * 2 * 3, "others read the column as bytes too");
        (await Replayer.RunAsync(folder.File("out"), new RowSelection(), [], default)).Identical.ShouldBe(4);
    }

    [Theory]
    [InlineData("actors.0.parallel.tp=3", "actor 'local': parallel.tp 3 does not divide the 4 query heads")]
    [InlineData("actors.0.parallel.ep=2", "actor 'local': parallel.ep 2 does not divide parallel.tp 1")]
    public async Task Run_PlanThatDoesNotFit_IsRefusedWithBothNumbers(string change, string fault)
    {
        using var folder = new TemporaryFolder();

        (await Should.ThrowAsync<RecipeException>(() => RolloutJob.CreateAsync(Load(folder, change), fresh: false, TimeProvider.System, default))).Message.ShouldContain(fault);
    }

    /// <summary>What the column has over what its tokens ask for, by another reader.</summary>
    private static long Bytes(TemporaryFolder folder)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select cast(sum((len(prompt_token_ids) + len(completion_token_ids)) * 6 - octet_length(routed_experts)) as bigint) from '{folder.Path}/out/data/*.parquet'";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static LoadedRecipe Load(TemporaryFolder folder, params string[] changes)
    {
        var model = Directory.CreateDirectory(folder.File("model")).FullName;
        foreach (var file in Directory.GetFiles(Fixtures.Path("models", "qwen3-moe"))) File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" }) File.Copy(Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic", file), Path.Combine(model, file));
        return RecipeReader.Load(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"),
            [$"model.path={model}", $"output.path={folder.File("out")}", "prompts.limit=2", "sampling.n=2", "sampling.max_tokens=8", "filter.zero_variance=keep", "batch.groups=1", .. changes]);
    }
}
