namespace Rollouts.Models.Tests.ChatTemplates.Jinja;

/// <summary>Templates come from strangers: whatever they ask for, they get a text or a typed error, within bounds.</summary>
public class TemplateLimitTests
{
    public static TheoryData<string> Hostile =>
    [
        "{{ 'a' * 10 ** 12 }}",
        "{{ [0] * 10 ** 12 }}",
        "{{ range(10 ** 12) | list }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='a') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s='a') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = ns.s.join([ns.s] * 99) %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | string | length }}",
        "{% set ns = namespace(a=(1,), b=(1,)) %}{% for i in range(99) %}{% set ns.a = (ns.a, ns.a) %}{% set ns.b = (ns.b, ns.b) %}{% endfor %}{{ ns.a == ns.b }}",
        "{% set ns = namespace(a=(1,)) %}{% for i in range(99) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1} }}",
        "{% set ns = namespace(a=(1,)) %}{% for i in range(99) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {}[ns.a] }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(x) %}{{ caller(x) }}{% endmacro %}{% macro n() %}{% call(x) m(1) %}{{ n() }}{% endcall %}{% endmacro %}{{ n() }}",
        "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
        "{% set ns = namespace(n=3) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ 2 ** (2 ** 70) }}",
        "{{ 'x'.center(10 ** 12) }}{{ '7'.zfill(10 ** 12) }}{{ 'a\\tb'.expandtabs(10 ** 12) }}",
        "{{ 'x' | center(10 ** 9) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ '%.999999f' % 1.5 }}",
        "{{ 'x' | indent(10 ** 12) }}{{ 'x\\ny' | indent(10 ** 9) }}",
        "{{ [1] | tojson(indent=10 ** 12) }}{{ [[1]] | tojson(indent=10 ** 9) }}",
        "{{ [1, 2] | batch(10 ** 12, 0) | list }}",
        "{{ [1, 2] | slice(10 ** 12) | list }}",
        "{{ 1.5 | round(10 ** 12) }}{{ 5 | round(-10 ** 12) }}{{ 1.5 | round(-10 ** 12) }}",
        "{% set a = 'a' * 1000000 %}{{ a.find('a' * 500000 + 'b') }}{{ a.count('a' * 499999 + 'b') }}",
        "{% set a = 'a' * 500000 %}{% for i in range(99999) %}{% if 'b' in a %}{% endif %}{% endfor %}",
        "{% set a = 'a' * 500000 %}{% for i in range(99999) %}{{ a.split('b') | length }}{% endfor %}",
        "{% set a = 'ab' * 500000 %}{% for i in range(99999) %}{% set b = a[::-1] %}{% endfor %}",
        "{% set a = 'a' * 500000 %}{% for i in range(99999) %}{% set b = 'x'.find(a) %}{% endfor %}",
        "{% set a = 'a' * 500000 %}{% for i in range(99999) %}{% set b = {}[a] %}{% endfor %}",
        "{% set a = 'a' * 500000 %}{{ a.strip('b' * 500000 + 'a') }}{% for i in range(99999) %}{% set b = a | e | length %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
        "{% set a = range(99999) | list %}{% for i in a %}{% set b = a | sort %}{% endfor %}",
        "{% set a = range(99999) | list %}{% for i in a %}{% set b = i in a %}{% endfor %}",
        "{% set a = range(99999) | list %}{% for i in a %}{% set b = a + a %}{% endfor %}",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Render_ATemplateThatAsksForTooMuch_IsATextOrATypedErrorWithinBounds(string source)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Record.Exception(() => Render(source));

        (error is null or TemplateException).ShouldBeTrue($"{error}");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4L << 30);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{'a':", "}")]
    [InlineData("-", "")]
    [InlineData("not ", "")]
    [InlineData("a.b(", ")")]
    [InlineData("x if y else ", "")]
    [InlineData("x|f(", ")")]
    public void Parse_DeepNesting_IsATypedError(string open, string close)
    {
        var source = "{{ " + string.Concat(Enumerable.Repeat(open, 50_000)) + "1" + string.Concat(Enumerable.Repeat(close, 50_000)) + " }}";

        Should.Throw<TemplateException>(() => Render(source));
    }

    [Theory]
    [InlineData("{% if true %}", "{% endif %}")]
    [InlineData("{% for x in y %}", "{% endfor %}")]
    [InlineData("{% macro m() %}", "{% endmacro %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    public void Parse_DeepBlocks_AreATypedError(string open, string close)
    {
        var source = string.Concat(Enumerable.Repeat(open, 50_000)) + "1" + string.Concat(Enumerable.Repeat(close, 50_000));

        Should.Throw<TemplateException>(() => Render(source)).Reason.ShouldContain("nested");
    }

    [Theory]
    [InlineData("+ 1")]
    [InlineData("|string")]
    [InlineData(".a")]
    [InlineData("and 1")]
    [InlineData("* 1")]
    [InlineData("is defined")]
    public void Render_ALongChainOfOperators_IsATextOrATypedError(string link)
    {
        var error = Record.Exception(() => Render("{{ 1 " + string.Concat(Enumerable.Repeat(link + " ", 50_000)) + " }}"));

        (error is null or TemplateException).ShouldBeTrue($"{error}");
    }

    [Fact]
    public void Render_OnASmallStack_EndsWithATypedError()
    {
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(() => Render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")), maxStackSize: 256 << 10);

        thread.Start();
        thread.Join();

        error.ShouldBeOfType<TemplateException>();
    }

    [Theory]
    [InlineData("{{ 'x'.GetType() }}")]
    [InlineData("{{ ''.__class__.__mro__ }}")]
    [InlineData("{{ messages.Items }}{{ messages.Length.x }}")]
    [InlineData("{{ raise_exception.__globals__['os'] }}")]
    [InlineData("{{ messages.append(1) }}")]
    [InlineData("{{ {}.update(a=1) }}")]
    [InlineData("{% include 'other' %}")]
    public void Render_WhatReachesOutsideOfTheTemplate_IsATypedError(string source) => Should.Throw<TemplateException>(() => Render(source));

    [Fact]
    public void Render_ALongConversation_StaysFarFromTheLimits()
    {
        var words = string.Concat(Enumerable.Repeat("word </think> ", 400));
        var messages = "[" + string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"{{\"role\": \"{(i % 2 == 0 ? "user" : "assistant")}\", \"content\": \"{words}\"}}")) + "]";
        var template = new ChatTemplate("""
            {%- for m in messages %}
            {%- set content = m.content %}
            {%- if m.role == 'assistant' and '</think>' in content %}{% set content = content.split('</think>')[-1].lstrip('\n') %}{% endif %}
            {{- '<|' ~ m.role ~ '|>' + content | trim + '\n' }}
            {%- endfor %}
            """);

        template.Render(new ChatRequest(messages)).Length.ShouldBeGreaterThan(2_000_000);
    }

    private static string Render(string source) => new ChatTemplate(source).Render(new ChatRequest("[]"));
}
