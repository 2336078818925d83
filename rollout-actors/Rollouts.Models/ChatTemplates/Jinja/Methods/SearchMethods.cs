using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>Methods that look for texts in texts.</summary>
internal static class SearchMethods
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("startswith", "prefix start? end?", (s, a, c) => BooleanValue.Of(Prefixes(a).Any(p => Window(s, a, out _).StartsWith(p, StringComparison.Ordinal)))),
        new("endswith", "suffix start? end?", (s, a, c) => BooleanValue.Of(Prefixes(a).Any(p => Window(s, a, out _).EndsWith(p, StringComparison.Ordinal)))),
        new("find", "sub start? end?", (s, a, _) => new IntegerValue(Find(s, a, last: false))),
        new("rfind", "sub start? end?", (s, a, _) => new IntegerValue(Find(s, a, last: true))),
        new("index", "sub start? end?", (s, a, _) => new IntegerValue(Found(Find(s, a, last: false)))),
        new("rindex", "sub start? end?", (s, a, _) => new IntegerValue(Found(Find(s, a, last: true)))),
        new("count", "sub start? end?", (s, a, c) => new IntegerValue(Count(Window(s, a, out _), a.Text(0)))),
        new("replace", "old new count?", (s, a, c) => StringMethods.Text(Replace(StringMethods.Self(s), a.Text(0), a.Text(1), a.Integer(2, -1), c))),
        new("removeprefix", "prefix", (s, a, _) => StringMethods.Self(s) is var t && t.StartsWith(a.Text(0), StringComparison.Ordinal) ? StringMethods.Text(t[a.Text(0).Length..]) : s),
        new("removesuffix", "suffix", (s, a, _) => StringMethods.Self(s) is var t && t.EndsWith(a.Text(0), StringComparison.Ordinal) ? StringMethods.Text(t[..^a.Text(0).Length]) : s),
    ];

    /// <summary>Replaces the first <paramref name="count"/> occurrences, all where it is negative. An empty text occurs between all characters.</summary>
    public static string Replace(string text, string old, string replacement, int count, RenderContext context)
    {
        var (output, start, left) = (context.NewText(), 0, count < 0 ? int.MaxValue : count);
        foreach (var at in old.Length == 0 ? Boundaries(text) : TextSearch.FindAll(text, old))
        {
            if (left-- == 0) break;
            context.Budget.Step();
            output.Append(text.AsSpan(start, at - start)).Append(replacement);
            start = at + old.Length;
        }

        return output.Append(text.AsSpan(start)).ToString();
    }

    private static IEnumerable<int> Boundaries(string text)
    {
        for (var at = 0; at < text.Length; at += CodePoints.Width(text, at)) yield return at;
        yield return text.Length;
    }

    private static IEnumerable<string> Prefixes(BoundArguments arguments) => arguments[0] is TupleValue tuple
        ? tuple.Items.Select(item => item is StringValue text ? text.Text : throw new TemplateFault($"tuple for {arguments.Function} must only contain str, not {item.TypeName}"))
        : [arguments.Text(0)];

    private static int Find(Value self, BoundArguments arguments, bool last)
    {
        var (window, pattern) = (Window(self, arguments, out var offset), arguments.Text(0));
        var search = new TextSearch(pattern);
        var found = search.Find(window, 0);
        for (var next = found; last && next >= 0 && pattern.Length > 0; next = search.Find(window, next + 1)) found = next;
        if (last && pattern.Length == 0) found = window.Length;
        return found < 0 ? -1 : offset + CodePoints.Count(window.AsSpan(0, found));
    }

    private static int Found(int at) => at >= 0 ? at : throw new TemplateFault("substring not found");

    private static int Count(string text, string pattern) => pattern.Length == 0 ? CodePoints.Count(text) + 1 : TextSearch.FindAll(text, pattern).Count();

    /// <summary>The part of a text that the arguments start and end name.</summary>
    private static string Window(Value self, BoundArguments arguments, out int offset)
    {
        var text = StringMethods.Self(self);
        offset = 0;
        if (!arguments.Has(1) && !arguments.Has(2)) return text;
        var count = CodePoints.Count(text);
        offset = Clamp(arguments.Integer(1, 0));
        var end = Clamp(arguments.Integer(2, count));
        return end <= offset ? "" : CodePoints.Slice(text, offset, end - offset, BigInteger.One);

        int Clamp(int bound) => Math.Clamp(bound < 0 ? bound + count : bound, 0, count);
    }
}
