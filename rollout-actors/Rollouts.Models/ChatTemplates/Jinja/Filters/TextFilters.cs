using System.Numerics;
using System.Text;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters that give texts.</summary>
internal static class TextFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("upper", "", (s, _, c) => StringMethods.Text(CaseMethods.Upper(c.Text(s)))),
        new("lower", "", (s, _, c) => StringMethods.Text(CaseMethods.Lower(c.Text(s)))),
        new("capitalize", "", (s, _, c) => StringMethods.Text(CaseMethods.Capitalize(c.Text(s)))),
        new("title", "", (s, _, c) => StringMethods.Text(Title(c.Text(s)))),
        new("trim", "chars?", (s, a, c) => StringMethods.Text(StringMethods.Strip(c.Text(s), a.Has(0) ? a.Text(0) : null, start: true, end: true))),
        new("string", "", (s, _, c) => s as StringValue ?? StringMethods.Text(c.Text(s))),
        new("replace", "old new count?", (s, a, c) => StringMethods.Text(SearchMethods.Replace(c.Text(s), c.Text(a[0]!), c.Text(a[1]!), a.Integer(2, -1), c))),
        new("center", "width?", (s, a, c) => StringMethods.Table["center"].Call(StringMethods.Text(c.Text(s)), new CallArguments([new IntegerValue(a.Integer(0, 80))], []), c)),
        new("indent", "width? first? blank?", (s, a, c) => StringMethods.Text(Indent(s, a, c))),
        new("truncate", "length? killwords? end? leeway?", (s, a, _) => Truncate(s, a)),
        new("format", "* **", (s, a, c) => StringMethods.Text(PrintfFormat.Apply(c.Text(s), FormatArguments(a, c), c))),
        new("wordcount", "", (s, _, c) => new IntegerValue(CountWords(c.Text(s)))),
    ];

    /// <summary>Unlike the method, words begin after white space, dashes and opening brackets alone.</summary>
    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        var atStart = true;
        foreach (var c in text)
        {
            title.Append(atStart ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            atStart = c is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(c);
        }

        return title.ToString();
    }

    private static string Indent(Value subject, BoundArguments arguments, RenderContext context)
    {
        if (subject is not StringValue text) throw (subject as UndefinedValue)?.Fault() ?? new TemplateFault($"indent needs a str, not '{subject.TypeName}'");
        var indentation = arguments[0] is StringValue given ? given.Text : context.NewText().Append(' ', arguments.Integer(0, 4)).ToString();
        var (indentsFirst, indentsBlank) = (arguments.Flag(1), arguments.Flag(2));
        var output = context.NewText();
        var lines = SplitMethods.Lines(text.Text + "\n");
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0) output.Append('\n');
            if (i == 0 ? indentsFirst : indentsBlank || lines[i].Length > 0) output.Append(indentation);
            output.Append(lines[i]);
        }

        return output.ToString();
    }

    private static Value Truncate(Value subject, BoundArguments arguments)
    {
        var (length, end) = (arguments.Integer(0, 255), arguments.Text(2, "..."));
        var count = subject.Length ?? throw new TemplateFault($"object of type '{subject.TypeName}' has no len()");
        if (length < end.Length) throw new TemplateFault($"expected length >= {end.Length}, got {length}");
        if (count <= (long)length + arguments.Integer(3, 5)) return subject;
        if (subject is not StringValue text) throw new TemplateFault($"truncate needs a str, not '{subject.TypeName}'");
        var cut = CodePoints.Slice(text.Text, 0, length - end.Length, BigInteger.One);
        if (!arguments.Flag(1) && cut.LastIndexOf(' ') is var space and >= 0) cut = cut[..space];
        return StringMethods.Text(cut + end);
    }

    private static Value FormatArguments(BoundArguments arguments, RenderContext context)
    {
        if (arguments.Named.Count == 0) return new TupleValue(arguments.Rest);
        var named = new DictValue(context.Budget);
        foreach (var (name, value) in arguments.Named) named.Set(name, value);
        return named;
    }

    private static int CountWords(string text)
    {
        var (count, inWord) = (0, false);
        foreach (var c in text)
        {
            if (PythonText.IsWord(c) && !inWord) count++;
            inWord = PythonText.IsWord(c);
        }

        return count;
    }
}
