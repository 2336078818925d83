using Rollouts.TestSupport;

namespace Rollouts.Models.Tests.ChatTemplates;

public class ChatTemplateSetTests
{
    private static readonly ChatRequest Hello = ChatRequest.OfText("hi");
    private static readonly ChatRequest WithTools = Hello with { Tools = "[]" };

    [Fact]
    public void Load_AFolderWithoutTemplates_IsNull()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"bos_token": "<s>", "chat_template": null}""");

        ChatTemplateSet.Load(folder.Path).ShouldBeNull();
    }

    [Fact]
    public void Load_TokenizerConfig_GivesTemplateAndSpecialTokens()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("special_tokens_map.json"), """{"bos_token": "old", "pad_token": "<pad>"}""");
        File.WriteAllText(folder.File("tokenizer_config.json"), """
            {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "unk_token": null, "chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token }}{{ unk_token is defined }}"}
            """);

        ChatTemplateSet.Load(folder.Path)!.Render(Hello).ShouldBe("<s>hi</s><pad>False");
    }

    [Fact]
    public void Load_NamedTemplates_ChoosesByTools()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), """
            {"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools {{ tools }}"}, {"name": "rag", "template": "documents"}]}
            """);
        var set = ChatTemplateSet.Load(folder.Path)!;

        set.Render(Hello).ShouldBe("plain");
        set.Render(WithTools).ShouldBe("tools []");
        set.Render(WithTools, "rag").ShouldBe("documents");
        Should.Throw<FormatException>(() => set.Render(Hello, "other")).Message.ShouldContain("default, rag, tool_use");
    }

    [Fact]
    public void Load_TemplateFilesBesideTheConfig_GoBeforeIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"bos_token": "<s>", "chat_template": "config"}""");
        File.WriteAllText(folder.File("chat_template.json"), """{"chat_template": "json"}""");
        ChatTemplateSet.Load(folder.Path)!.Render(Hello).ShouldBe("json");

        File.WriteAllText(folder.File("chat_template.jinja"), "{{ bos_token }}file\n");
        Directory.CreateDirectory(folder.File("additional_chat_templates"));
        File.WriteAllText(folder.File("additional_chat_templates/tool_use.jinja"), "with tools");

        var set = ChatTemplateSet.Load(folder.Path)!;
        set.Render(Hello).ShouldBe("<s>file");
        set.Render(WithTools).ShouldBe("with tools");
    }

    [Fact]
    public void Fingerprint_ChangesWithTheTemplateAndItsTokensOnly()
    {
        using var folder = new TemporaryFolder();
        var first = Fingerprint("""{"bos_token": "<s>", "chat_template": "a"}""");

        Fingerprint("""{"chat_template": "a", "bos_token": "<s>", "model_max_length": 5}""").ShouldBe(first);
        Fingerprint("""{"bos_token": "<t>", "chat_template": "a"}""").ShouldNotBe(first);
        Fingerprint("""{"bos_token": "<s>", "chat_template": "b"}""").ShouldNotBe(first);

        string Fingerprint(string config)
        {
            File.WriteAllText(folder.File("tokenizer_config.json"), config);
            return ChatTemplateSet.Load(folder.Path)!.Fingerprint;
        }
    }

    [Theory]
    [InlineData("{", "tokenizer_config.json")]
    [InlineData("""{"chat_template": 5}""", "must be a template")]
    [InlineData("""{"chat_template": [{"name": "default"}]}""", "must be a template")]
    [InlineData("""{"chat_template": "a\n{% if %}"}""", "tokenizer_config.json: chat template, line 2: expected an expression")]
    public void Load_ABrokenFile_NamesIt(string config, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), config);

        Should.Throw<ModelFormatException>(() => ChatTemplateSet.Load(folder.Path)).Message.ShouldContain(expected);
    }
}
