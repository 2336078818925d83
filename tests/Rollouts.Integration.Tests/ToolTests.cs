using System.Text.Json.Nodes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>The tool as its users meet it: exit codes, and one clear line for what they can mend.</summary>
public class ToolTests
{
    private static readonly string Model = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    [Fact]
    public async Task Run_Quickstart_AnswersSomeQuestions()
    {
        using var folder = new TemporaryFolder();

        var result = await Tool.RunAsync(folder.Path, ["run", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--json"]);

        result.ExitCode.ShouldBe(0, result.Error);
        var summary = JsonNode.Parse(result.Output.Trim().Split('\n')[^1])!;
        summary["accounting"]!["issued"]!.GetValue<long>().ShouldBe(512);
        summary["progress"]!["reward_mean"]!.GetValue<double>().ShouldBeInRange(0.3, 0.8);
        (await Tool.RunAsync(folder.Path, ["inspect", "out/quickstart", "--verify"])).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Run_PromptsWithFaults_GivesFailureRowsAndExitCode3()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("prompts.jsonl"), "{\"id\":\"a\",\"question\":\"2 + 2\",\"answer\":4}\nnot json\n{\"id\":\"long\",\"question\":\"" + string.Concat(Enumerable.Repeat("word ", 400)) + "\",\"answer\":1}\n");

        var result = await Tool.RunAsync(folder.Path, ["run", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--set", $"prompts.path={folder.File("prompts.jsonl")}"]);

        result.ExitCode.ShouldBe(3, result.Error);
        var failures = (await Tool.RunAsync(folder.Path, ["inspect", "out/quickstart", "--failures", "--rows", "100"])).Output;
        failures.ShouldContain("prompts.jsonl:2: the line is not JSON");
        failures.ShouldContain("the model's context is 256");
    }

    [Theory]
    [InlineData("--set", "sampling.temprature=1", "did you mean 'temperature'?")]
    [InlineData("--set", "model.path=/nowhere", "/nowhere/tokenizer.json: no such file")]
    [InlineData("--set", "prompts.path=/nowhere.jsonl", "/nowhere.jsonl: no such prompt file")]
    [InlineData("--set", "output.path=/proc/nowhere", "/proc/nowhere: the output folder cannot be made")]
    public async Task Run_WhatAUserCanMend_IsOneClearLineAndExitCode2(string option, string value, string expected)
    {
        using var folder = new TemporaryFolder();

        var result = await Tool.RunAsync(folder.Path, ["run", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), option, value]);

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain(expected);
        result.Error.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public async Task GenerateAndScore_FolderWithoutATokenizer_TakeTokenIds()
    {
        using var folder = new TemporaryFolder();
        var model = Fixtures.Path("models", "deepseek-v3-fp8");
        const string Lines = """{"id":"a","token_ids":[1,2,3]}""" + "\n" + """{"id":"b","text":"hello"}""";

        var generated = await Tool.RunAsync(folder.Path, ["generate", "--model", model, "--tp", "2", "--ep", "2", "--set", "max_tokens=5", "--set", "ignore_eos=true"], Lines);
        var scored = await Tool.RunAsync(folder.Path, ["score", "--model", model], Lines);
        var stops = await Tool.RunAsync(folder.Path, ["generate", "--model", model, "--set", "stop=[end]"], Lines);

        JsonNode.Parse(generated.Output.Split('\n')[0])!["completion_token_ids"]!.AsArray().Count.ShouldBe(5);
        generated.Output.Split('\n')[1].ShouldContain("has no tokenizer.json");
        JsonNode.Parse(scored.Output.Split('\n')[0])!["logprobs"]!.AsArray().Count.ShouldBe(2);
        (stops.ExitCode, stops.Error.Contains("stop strings need a tokenizer", StringComparison.Ordinal)).ShouldBe((2, true), stops.Error);
    }

    [Fact]
    public async Task GenerateAndScore_SameTokens_GiveTheSameLogProbabilities()
    {
        using var folder = new TemporaryFolder();
        var generated = await Tool.RunAsync(folder.Path, ["generate", "--model", Model, "--dtype", "float32", "--set", "max_tokens=12", "--set", "engine.deterministic=true"],
            """{"id":"a","token_ids":[0,78,119,101]}""" + "\n{\"id\":\"bad\"}\n");
        var lines = generated.Output.Trim().Split('\n').Select(l => JsonNode.Parse(l)!).ToArray();
        int[] ids = [0, 78, 119, 101, .. lines[0]["completion_token_ids"]!.AsArray().Select(t => t!.GetValue<int>())];

        var scored = await Tool.RunAsync(folder.Path, ["score", "--model", Model, "--dtype", "float32"], $$"""{"id":"a","token_ids":[{{string.Join(',', ids)}}]}""" + "\n");

        generated.ExitCode.ShouldBe(3);
        lines[1]["id"]!.GetValue<string>().ShouldBe("bad");
        lines[1]["error"]!.GetValue<string>().ShouldBe("the line needs text, messages or token_ids");
        var logProbs = JsonNode.Parse(scored.Output)!["logprobs"]!.AsArray().Select(p => p!.GetValue<float>()).ToArray();
        logProbs.Length.ShouldBe(ids.Length - 1);
        logProbs[3..].Zip(lines[0]["logprobs"]!.AsArray().Select(p => p!.GetValue<float>()), (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public async Task Tokenize_TextAndIds_GoBothWays()
    {
        using var folder = new TemporaryFolder();

        var ids = await Tool.RunAsync(folder.Path, ["tokenize", "--model", Model], """{"id":1,"text":"Tom has 12 apples"}""" + "\n");
        var text = await Tool.RunAsync(folder.Path, ["tokenize", "--model", Model], $$"""{"ids":{{JsonNode.Parse(ids.Output)!["ids"]!.ToJsonString()}},"skip_special_tokens":true}""" + "\n");

        JsonNode.Parse(text.Output)!["text"]!.GetValue<string>().ShouldBe("Tom has 12 apples");
    }

    [Fact]
    public async Task Run_Interrupted_DrainsAndExits130AndResumes()
    {
        using var folder = new TemporaryFolder();
        string[] run = ["run", Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml"), "--set", "prompts.limit=400", "--set", "sampling.n=16", "--set", "filter.zero_variance=keep", "--set", "actors.0.engine.max_running=4"];
        using var process = Tool.Start(folder.Path, run);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        while (!File.Exists(folder.File("out/quickstart/metrics.jsonl")) && !process.HasExited) await Task.Delay(TimeSpan.FromMilliseconds(20));
        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(130, await error);
        (await output).ShouldContain("Interrupted: issued");
        var verified = await Tool.RunAsync(folder.Path, ["inspect", "out/quickstart", "--verify"]);
        verified.ExitCode.ShouldBe(0, verified.Error);
    }
}
