using System.Text;
using System.Text.Json;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Fuzzing;

namespace Rollouts.Models.Tests.Fuzzing;

public class TemplateFuzzTests
{
    private static readonly string[] Words =
    [
        "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "{% for x in range(99999) %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{% macro m(x) %}", "{% endmacro %}", "{{ m(m) }}", "{% set x = [x, x] %}",
        "{% set ns.x = ns.x ~ ns.x %}", "{% break %}", "{% raw %}", "{% endraw %}", "|", "|list", "|tojson", "|map('string')", "|sort", "|join", "|int", " is ", "defined", " not ", " in ", " if ", " else ", " and ", "loop", "loop.index",
        ".split", "()", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "~", "*", "**", "//", "%", "-", "+", "<", "==", "=", ":", ",", ".", "[::-1]", "range(10)", "namespace()", "caller()", "* 1000000", "'a' * 99999999", "** 9 ** 9", "recursive",
        "'%s%d'", ".format(", "none", "true", "1.5", "🤗", "\u0000", "\r\n",
    ];

    [Fact]
    public Task Render_MutatedTemplates_GivesATextOrATypedError()
    {
        var (seeds, request) = Seeds();
        return Campaign.RunAsync(
            400, seed => new Mutator(seeds, Words, seed).Next,
            source => new ChatTemplate(Encoding.UTF8.GetString(source)).Render(request), error => error is TemplateException);
    }

    private static (byte[][] Seeds, ChatRequest Request) Seeds()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("chat_templates", "expected.json")));
        using var language = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("chat_templates", "language.json")));
        byte[][] seeds =
        [
            .. expected.RootElement.GetProperty("templates").EnumerateObject().Select(t => Encoding.UTF8.GetBytes(t.Value.GetString()!)),
            .. language.RootElement.GetProperty("cases").EnumerateArray().Select(c => Encoding.UTF8.GetBytes(c.GetProperty("template").GetString()!)),
        ];
        return (seeds, new ChatRequest(expected.RootElement.GetProperty("conversations").GetProperty("tool").GetRawText())
        {
            Tools = expected.RootElement.GetProperty("tools").GetRawText(),
            Variables = language.RootElement.GetProperty("variables").GetRawText(),
        });
    }
}
