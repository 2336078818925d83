namespace Rollouts.Models.Tests.ChatTemplates;

public class ChatTemplateTests
{
    [Theory]
    [InlineData("a\nb\n{{ nope.x }}", 3, "'nope' is undefined")]
    [InlineData("{% if true %}\n{% endfor %}", 2, "unknown tag 'endfor'")]
    [InlineData("\n\n{{ 'open", 3, "a string begins here and does not end")]
    [InlineData("{% macro m() %}\n{{ 1 / 0 }}\n{% endmacro %}\n\n{{ m() }}", 2, "division by zero")]
    [InlineData("{% macro m() %}\n\n{% endmacro %}\n{{ m() + none }}", 4, "can only concatenate str")]
    [InlineData("x\n{{ raise_exception('no system message') }}", 2, "no system message")]
    public void Render_AnError_NamesTheTemplatesLine(string source, int line, string reason)
    {
        var error = Should.Throw<TemplateException>(() => Render(source));

        error.Line.ShouldBe(line);
        error.Reason.ShouldContain(reason);
        error.Message.ShouldBe($"chat template, line {line}: {error.Reason}");
    }

    [Fact]
    public void Render_WithoutToolsAndDocuments_TheyAreDefinedAndNone() =>
        Render("{{ tools is defined }}{{ tools }}{{ documents }}{{ add_generation_prompt }}").ShouldBe("TrueNoneNoneTrue");

    [Fact]
    public void Render_StrftimeNow_IsTheClocksLocalTime()
    {
        var template = new ChatTemplate("{{ strftime_now('%d %b %Y %H:%M, %A %j %-d %%') }}", time: new FixedTime(new DateTimeOffset(2026, 3, 5, 7, 8, 9, TimeSpan.Zero)));

        template.Render(new ChatRequest("[]")).ShouldBe("05 Mar 2026 07:08, Thursday 064 5 %");
    }

    [Fact]
    public void Render_NumbersInMessages_KeepTheirKindAndSize() =>
        new ChatTemplate("{{ messages | tojson }}").Render(new ChatRequest("[1, 1.0, 1e2, 123456789012345678901234567890, -0.0]"))
            .ShouldBe("[1, 1.0, 100.0, 123456789012345678901234567890, -0.0]");

    [Theory]
    [InlineData("{}", null)]
    [InlineData("nope", null)]
    [InlineData("[]", "[")]
    [InlineData("[]", "1")]
    public void Render_WhatIsNoJsonOfItsKind_IsAFormatException(string messages, string? tools) =>
        Should.Throw<FormatException>(() => new ChatTemplate("x").Render(new ChatRequest(messages) { Tools = tools }));

    [Fact]
    public void Render_FromManyThreads_GivesEachItsOwnText()
    {
        var template = new ChatTemplate("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + m %}{% endfor %}{{ ns.n }}");

        Parallel.For(0, 2_000, i => template.Render(new ChatRequest($"[{i}, 1, {i}]")).ShouldBe($"{2 * i + 1}"));
    }

    [Fact]
    public void OfText_WithASystemMessage_IsTwoMessages() =>
        new ChatTemplate("{% for m in messages %}[{{ m.role }}] {{ m.content }};{% endfor %}").Render(ChatRequest.OfText("a \"b\" é\n", "be brief"))
            .ShouldBe("[system] be brief;[user] a \"b\" é\n;");

    private static string Render(string source) => new ChatTemplate(source).Render(new ChatRequest("[]"));

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
