using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>Methods that cut texts.</summary>
internal static class SplitMethods
{
    private const string LineEnds = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029";

    public static IEnumerable<Builtin> All { get; } =
    [
        new("split", "sep? maxsplit?", (s, a, c) => ToList(Split(StringMethods.Self(s), a, c))),
        new("rsplit", "sep? maxsplit?", (s, a, c) => ToList(SplitFromRight(StringMethods.Self(s), a, c))),
        new("splitlines", "keepends?", (s, a, c) => ToList(Lines(StringMethods.Self(s), a.Flag(0)))),
        new("partition", "sep", (s, a, _) => Partition(StringMethods.Self(s), a.Text(0), fromRight: false)),
        new("rpartition", "sep", (s, a, _) => Partition(StringMethods.Self(s), a.Text(0), fromRight: true)),
    ];

    /// <summary>The lines of a text, as <c>splitlines</c> finds them.</summary>
    public static List<string> Lines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var length = text.AsSpan(at).IndexOfAny(LineEnds);
            if (length < 0) length = text.Length - at;
            var end = at + length == text.Length ? 0 : text[at + length] == '\r' && at + length + 1 < text.Length && text[at + length + 1] == '\n' ? 2 : 1;
            lines.Add(text.Substring(at, keepEnds ? length + end : length));
            at += length + end;
        }

        return lines;
    }

    private static ListValue ToList(List<string> parts) => new([.. parts.Select(StringMethods.Text)]);

    private static List<string> Split(string text, BoundArguments arguments, RenderContext context)
    {
        var max = Max(arguments);
        if (!arguments.Has(0)) return SplitAtSpace(text, max, context);
        var separator = Separator(arguments);
        var (parts, start) = (new List<string>(), 0);
        foreach (var at in TextSearch.FindAll(text, separator))
        {
            if (parts.Count == max) break;
            context.Budget.AllocateItems(4);
            parts.Add(text[start..at]);
            start = at + separator.Length;
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static List<string> SplitFromRight(string text, BoundArguments arguments, RenderContext context)
    {
        var max = Max(arguments);
        if (!arguments.Has(0)) return Reversed(SplitAtSpace(Backwards(text), max, context));
        // Found from the right: a text turned around has its separators turned around.
        var separator = Backwards(Separator(arguments));
        var backwards = Split(Backwards(text), arguments with { Values = [StringMethods.Text(separator), arguments[1]] }, context);
        return Reversed(backwards);
    }

    private static List<string> SplitAtSpace(string text, int max, RenderContext context)
    {
        var (parts, at) = (new List<string>(), 0);
        while (true)
        {
            while (at < text.Length && PythonText.IsSpace(text[at])) at++;
            if (at == text.Length) return parts;
            var start = at;
            while (at < text.Length && !PythonText.IsSpace(text[at])) at++;
            if (parts.Count == max) at = text.Length;
            context.Budget.AllocateItems(4);
            parts.Add(text[start..at]);
        }
    }

    private static TupleValue Partition(string text, string separator, bool fromRight)
    {
        if (separator.Length == 0) throw new TemplateFault("empty separator");
        var at = fromRight
            ? new TextSearch(Backwards(separator)).Find(Backwards(text), 0) is var back and >= 0 ? text.Length - back - separator.Length : -1
            : new TextSearch(separator).Find(text, 0);
        string[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromRight ? ["", "", text] : [text, "", ""];
        return new TupleValue([.. parts.Select(StringMethods.Text)]);
    }

    private static int Max(BoundArguments arguments) => arguments.Integer(1, -1) is var max and >= 0 ? max : int.MaxValue;

    private static string Separator(BoundArguments arguments) => arguments.Text(0) is { Length: > 0 } separator ? separator : throw new TemplateFault("empty separator");

    private static List<string> Reversed(List<string> parts)
    {
        parts.Reverse();
        return parts.ConvertAll(Backwards);
    }

    private static string Backwards(string text)
    {
        var characters = text.ToCharArray();
        Array.Reverse(characters);
        return new string(characters);
    }
}
