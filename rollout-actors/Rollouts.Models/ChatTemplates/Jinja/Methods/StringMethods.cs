using System.Buffers;
using System.Collections.Frozen;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Methods;

/// <summary>The methods of texts.</summary>
/// <remarks>Python's documentation, "Text Sequence Type".</remarks>
internal static class StringMethods
{
    public static FrozenDictionary<string, Builtin> Table { get; } = BuiltinTable.Of(
        [
            .. CaseMethods.All,
            .. SplitMethods.All,
            .. SearchMethods.All,
            .. ClassMethods.All,
            new("join", "items", (s, a, c) => Join(Self(s), a[0]!, c)),
            new("strip", "chars?", (s, a, _) => Text(Strip(Self(s), Chars(a), start: true, end: true))),
            new("lstrip", "chars?", (s, a, _) => Text(Strip(Self(s), Chars(a), start: true, end: false))),
            new("rstrip", "chars?", (s, a, _) => Text(Strip(Self(s), Chars(a), start: false, end: true))),
            new("center", "width fillchar?", (s, a, c) => Padded(Self(s), a, Centering(Self(s), a), c)),
            new("ljust", "width fillchar?", (s, a, c) => Padded(Self(s), a, '<', c)),
            new("rjust", "width fillchar?", (s, a, c) => Padded(Self(s), a, '>', c)),
            new("zfill", "width", (s, a, c) => Filled(Self(s), a.Integer(0), Self(s).StartsWith(' ') ? '>' : '=', '0', c)),
            new("expandtabs", "tabsize?", (s, a, c) => Text(ExpandTabs(Self(s), a.Integer(0, 8), c))),
            new("format", "* **", (s, a, c) => Text(BraceFormat.Apply(Self(s), a, c))),
        ]);

    public static string Self(Value value) => ((StringValue)value).Text;

    public static StringValue Text(string text) => new(text);

    /// <summary>Strips white space, or any of some characters.</summary>
    public static string Strip(string text, string? chars, bool start, bool end)
    {
        var (from, to) = (0, text.Length);
        var stripped = chars is null ? null : SearchValues.Create(chars);
        while (start && from < to && IsStripped(text[from])) from++;
        while (end && to > from && IsStripped(text[to - 1])) to--;
        return text[from..to];

        bool IsStripped(char c) => stripped?.Contains(c) ?? PythonText.IsSpace(c);
    }

    /// <summary>The texts of items with a separator between them, all of which must be texts.</summary>
    private static StringValue Join(string separator, Value items, RenderContext context)
    {
        var text = context.NewText();
        var first = true;
        foreach (var item in context.Iterate(items))
        {
            if (item is not StringValue part) throw new TemplateFault($"join() needs str items, not '{item.TypeName}'");
            if (!first) text.Append(separator);
            first = false;
            text.Append(part.Text);
        }

        return Text(text.ToString());
    }

    private static string? Chars(BoundArguments arguments) => arguments.Has(0) ? arguments.Text(0) : null;

    // What is left over of an odd width goes to the left, as CPython does it.
    private static char Centering(string text, BoundArguments arguments)
    {
        var missing = arguments.Integer(0) - CodePoints.Count(text);
        return missing > 0 && (missing & arguments.Integer(0) & 1) == 1 ? '|' : '^';
    }

    private static StringValue Padded(string text, BoundArguments arguments, char alignment, RenderContext context)
    {
        var fill = arguments.Text(1, " ");
        if (fill.Length != 1) throw new TemplateFault("The fill character must be exactly one character long");
        return Filled(text, arguments.Integer(0), alignment, fill[0], context);
    }

    private static StringValue Filled(string text, int width, char alignment, char fill, RenderContext context)
    {
        var output = context.NewText();
        NumberFormat.Pad(output, text, width, alignment, fill);
        return Text(output.ToString());
    }

    private static string ExpandTabs(string text, int size, RenderContext context)
    {
        var (output, column) = (context.NewText(), 0);
        foreach (var c in text)
        {
            if (c != '\t') output.Append(c);
            else if (size > 0) output.Append(' ', size - column % size);
            column = c is '\n' or '\r' ? 0 : c == '\t' ? (size > 0 ? column + size - column % size : column) : column + 1;
        }

        return output.ToString();
    }
}
