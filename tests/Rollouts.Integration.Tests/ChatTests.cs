using System.Text.Json.Nodes;
using Rollouts.TestSupport;

namespace Rollouts.Integration.Tests;

/// <summary>Chats through the tool: a model with a template that is its own, one without, and rows that the template refuses.</summary>
public class ChatTests
{
    private const string Template = """
        {%- for m in messages %}
        {%- if m.role == 'system' %}{{ m.content }}: {% endif %}
        {%- if m.role == 'user' %}
        {%- if 'bad' in m.content %}
        {{- raise_exception('no ' ~ m.content ~ ' here') }}
        {%- endif %}
        {{- m.content }}{{ mark }}
        {%- endif %}
        {%- endfor %}
        """;

    private static readonly string Quickstart = Path.Combine(Fixtures.Root, "recipes", "quickstart.yaml");
    private static readonly string Sound = Path.Combine(Fixtures.Root, "recipes", "models", "tiny-arithmetic");

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    public async Task RunAndCheck_AChatWithoutATemplate_IsOneClearLineAndExitCode2(string verb)
    {
        using var folder = new TemporaryFolder();

        var result = await Tool.RunAsync(folder.Path, [verb, Quickstart, "--set", "prompts.chat=true"]);

        result.ExitCode.ShouldBe(2, result.Error);
        result.Error.ShouldContain("'prompts.chat' needs a chat template, and the model in");
        result.Error.Trim().Split('\n').Length.ShouldBe(1, result.Error);
    }

    [Fact]
    public async Task Run_Messages_AreRenderedAndRefusedRowsAreFailures()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder);
        await File.WriteAllTextAsync(folder.File("prompts.jsonl"), """
            {"id":"good","messages":[{"role":"user","content":"Tom has 2 apples"}],"answer":1}
            {"id":"refused","messages":[{"role":"user","content":"bad words"}],"answer":1}
            {"id":"no-list","messages":"hello","answer":1}
            """);
        string[] settings = ["model.path=" + folder.File("model"), "prompts.path=" + folder.File("prompts.jsonl"), "prompts.text=null", "prompts.messages=messages", "prompts.system=Count", "prompts.template_variables={mark: '?'}", "sampling.n=2", "filter.zero_variance=keep"];

        var result = await Tool.RunAsync(folder.Path, ["run", Quickstart, .. settings.SelectMany(s => new[] { "--set", s })]);

        result.ExitCode.ShouldBe(3, result.Error);
        var failures = (await Tool.RunAsync(folder.Path, ["inspect", "out/quickstart", "--failures", "--rows", "100"])).Output;
        failures.ShouldContain("prompts.jsonl:2: chat template, line 5: no bad words here");
        failures.ShouldContain("prompts.jsonl:3: column 'messages' is no list of messages");
    }

    [Fact]
    public async Task Tokenize_Messages_GivesTheTemplatesText()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder);
        string[] lines =
        [
            """{"id":1,"messages":[{"role":"user","content":"Hi <é>"}],"variables":{"mark":"!"}}""",
            """{"id":2,"messages":[],"tools":[{"name":"add"}],"add_generation_prompt":true,"chat_template":"{{ tools | tojson }}{{ add_generation_prompt }}"}""",
            """{"id":3,"messages":[],"chat_template":"\n{{ nope.x }}"}""",
        ];

        var result = await Tool.RunAsync(folder.Path, ["tokenize", "--model", folder.File("model")], string.Join('\n', lines) + "\n");

        var answers = result.Output.Trim().Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        answers[0]["text"]!.GetValue<string>().ShouldBe("Hi <é>!");
        answers[1]["text"]!.GetValue<string>().ShouldBe("""[{"name": "add"}]True""");
        answers[2]["error"]!.GetValue<string>().ShouldBe("chat template, line 2: 'nope' is undefined");
    }

    [Fact]
    public async Task Generate_Messages_GivesWhatTheirTextGives()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder);
        var rendered = await Tool.RunAsync(folder.Path, ["tokenize", "--model", folder.File("model")], """{"text":"Tom has 12 apples","add_special_tokens":false}""" + "\n");
        var ids = JsonNode.Parse(rendered.Output)!["ids"]!.ToJsonString();

        var result = await Tool.RunAsync(folder.Path, ["generate", "--model", folder.File("model"), "--set", "max_tokens=6", "--set", "temperature=0"],
            """{"id":"a","messages":[{"role":"user","content":"Tom has 12 apples"}]}""" + "\n" + $$"""{"id":"b","token_ids":{{ids}}}""" + "\n");

        var answers = result.Output.Trim().Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        answers[0]["completion_token_ids"]!.ToJsonString().ShouldBe(answers[1]["completion_token_ids"]!.ToJsonString());
    }

    private static void WriteModel(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File("model"));
        foreach (var file in Directory.GetFiles(Sound)) File.Copy(file, Path.Combine(folder.File("model"), Path.GetFileName(file)));
        File.WriteAllText(folder.File("model/chat_template.jinja"), Template);
    }
}
