using System.Text.Json;
using System.Text.Json.Nodes;
using Rollouts.Data;
using Rollouts.Recipes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>What sampling asks for beside the tokens, from recipe to rows, and by the line-by-line verbs.</summary>
public class SamplingColumnsTests
{
    [Fact]
    public async Task Run_TopAndPromptLogProbs_StandInEveryRow()
    {
        using var folder = new TemporaryFolder();

        var rows = await RowsAsync(folder, "asked", "sampling.logprobs=3", "sampling.prompt_logprobs=true", "sampling.temperature=0", "sampling.min_tokens=5");

        rows.Length.ShouldBe(12);
        foreach (var row in rows)
        {
            var (tokens, logProbs, top, topLogProbs) = (Ints(row, "completion_token_ids"), Floats(row, "logprobs"), Ints(row, "top_token_ids"), Floats(row, "top_logprobs"));
            top.Length.ShouldBe(3 * tokens.Length);
            // Greedy: from min_tokens on the drawn token is the likeliest.
            for (var i = 5; i < tokens.Length; i++) (top[3 * i], topLogProbs[3 * i]).ShouldBe((tokens[i], logProbs[i]));
            Floats(row, "prompt_logprobs").Length.ShouldBe(Ints(row, "prompt_token_ids").Length - 1);
        }

        rows.GroupBy(r => r["prompt_id"]!.ToString()).ShouldAllBe(g => g.Select(r => r["prompt_logprobs"]!.ToJsonString()).Distinct().Count() == 1);
    }

    [Fact]
    public async Task Run_WithoutLogProbs_HasThemNullAndNoOtherColumns()
    {
        using var folder = new TemporaryFolder();

        var rows = await RowsAsync(folder, "none", "sampling.logprobs=none");

        rows.ShouldAllBe(r => r["logprobs"] == null && !r.ContainsKey("top_token_ids") && !r.ContainsKey("prompt_logprobs"));
    }

    [Fact]
    public async Task Generate_And_Score_AgreeOnThePrompt()
    {
        using var folder = new TemporaryFolder();
        var model = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");
        const string Question = """{"id": "a", "token_ids": [5, 6, 7, 8, 9]}""";

        var generated = await Tool.RunAsync(folder.Path, ["generate", "--model", model, "--dtype", "float32", "--set", "logprobs=2", "--set", "prompt_logprobs=true", "--set", "logprob_mode=processed", "--set", "top_k=1", "--set", "max_tokens=4"], Question);
        var scored = await Tool.RunAsync(folder.Path, ["score", "--model", model, "--dtype", "float32"], Question);
        var refused = await Tool.RunAsync(folder.Path, ["generate", "--model", model, "--set", "bad_token_ids=[999999]"], Question);

        var answer = JsonNode.Parse(generated.Output)!;
        answer["prompt_logprobs"]!.ToJsonString().ShouldBe(JsonNode.Parse(scored.Output)!["logprobs"]!.ToJsonString());
        answer["top_token_ids"]!.AsArray().ShouldAllBe(r => r!.AsArray().Count == 2);
        // With top_k 1 nothing else is left.
        answer["top_logprobs"]!.AsArray().ShouldAllBe(r => r!.AsArray()[0]!.GetValue<float>() == 0 && r.AsArray()[1] == null);
        (refused.ExitCode, refused.Error).ShouldBe((2, refused.Error));
        refused.Error.ShouldContain("sampling.bad_token_ids has the token 999999");
    }

    private static async Task<JsonObject[]> RowsAsync(TemporaryFolder folder, string name, params string[] changes)
    {
        var loaded = RecipeReader.Load(Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"),
            [$"output.path={folder.File(name)}", "prompts.limit=3", "sampling.n=4", "filter.zero_variance=keep", "batch.groups=1", .. changes]);
        await using (var job = await RolloutJob.CreateAsync(loaded, fresh: false, TimeProvider.System, default)) await job.RunAsync(default);
        var rows = new List<JsonObject>();
        await foreach (var row in FolderReader.ReadAsync(new OutputFolder(folder.File(name)), failures: false, promptId: null, default)) rows.Add(JsonNode.Parse(row)!.AsObject());
        return [.. rows];
    }

    private static int[] Ints(JsonObject row, string name) => row[name].Deserialize<int[]>()!;

    private static float[] Floats(JsonObject row, string name) => row[name].Deserialize<float[]>()!;
}
