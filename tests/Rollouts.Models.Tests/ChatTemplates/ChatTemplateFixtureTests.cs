using System.Text.Json;
using Rollouts.TestSupport;

namespace Rollouts.Models.Tests.ChatTemplates;

/// <summary>Every case of the golden data, made with transformers and with Jinja2 set up as transformers does.</summary>
public class ChatTemplateFixtureTests
{
    private static readonly JsonElement Expected = Read("expected.json");
    private static readonly JsonElement Language = Read("language.json");
    private static readonly Dictionary<string, string> Tokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Expected.GetProperty("cases").GetArrayLength())];

    public static TheoryData<string> LanguageCases => [.. Language.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_AConversation_IsTransformersText(int index)
    {
        var sample = Expected.GetProperty("cases")[index];
        var conversation = sample.GetProperty("conversation").GetString()!;
        var source = Expected.GetProperty("templates").GetProperty(sample.GetProperty("template").GetString()!).GetString()!;

        var rendered = Outcome(() => new ChatTemplate(source, Tokens).Render(new ChatRequest(Expected.GetProperty("conversations").GetProperty(conversation).GetRawText())
        {
            Tools = conversation == "tool" ? Expected.GetProperty("tools").GetRawText() : null,
            Variables = sample.GetProperty("extra").GetRawText(),
            AddGenerationPrompt = sample.GetProperty("add_generation_prompt").GetBoolean(),
        }));

        rendered.ShouldBe(sample.TryGetProperty("rendered", out var text) ? text.GetString() : null);
    }

    [Theory]
    [MemberData(nameof(LanguageCases))]
    public void Render_AFeatureOfTheLanguage_IsJinjasText(string name)
    {
        var sample = Language.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        var source = sample.GetProperty("template").GetString()!;

        var rendered = Outcome(() => new ChatTemplate(source).Render(new ChatRequest("[]") { Variables = Language.GetProperty("variables").GetRawText() }));

        rendered.ShouldBe(sample.TryGetProperty("expected", out var text) ? text.GetString() : null, source);
    }

    /// <summary>Null where the template raised an error: only the typed one may come.</summary>
    private static string? Outcome(Func<string> render)
    {
        try
        {
            return render();
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("chat_templates", name))).RootElement;
}
