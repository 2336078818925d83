using System.Net;
using System.Text;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Methods;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Filters;

/// <summary>Filters that write values for other languages: JSON, HTML, addresses.</summary>
internal static class EscapeFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("tojson", "ensure_ascii? indent? separators? sort_keys?", (s, a, c) => StringMethods.Text(ToJson(s, a, c))),
        new("escape", "", (s, _, c) => Escape(s, c)),
        new("e", "", (s, _, c) => Escape(s, c)),
        new("forceescape", "", (s, _, c) => new StringValue(HtmlEscape.Apply(c.Text(s)), isMarkup: true)),
        new("safe", "", (s, _, c) => new StringValue(c.Text(s), isMarkup: true)),
        new("striptags", "", (s, _, c) => StringMethods.Text(StripTags(c.Text(s)))),
        new("urlencode", "", (s, _, c) => StringMethods.Text(UrlEncode(s, c))),
    ];

    /// <summary>As transformers has it: without Jinja's HTML escapes, and other languages' letters as they are.</summary>
    private static string ToJson(Value value, BoundArguments arguments, RenderContext context)
    {
        var indent = arguments[1] switch
        {
            null or NoneValue => null,
            StringValue text => text.Text,
            _ => context.NewText().Append(' ', arguments.Integer(1)).ToString(),
        };
        var (items, keys) = arguments.Has(2) ? Separators(arguments[2]!, context) : (indent is null ? ", " : ",", ": ");
        var output = context.NewText();
        new JsonText(output, new JsonTextOptions(arguments.Flag(0), indent, items, keys, arguments.Flag(3))).Write(value);
        return output.ToString();
    }

    private static (string, string) Separators(Value value, RenderContext context) =>
        context.ToArray(value) is [StringValue items, StringValue keys] ? (items.Text, keys.Text) : throw new TemplateFault("tojson's separators are two strings");

    private static StringValue Escape(Value value, RenderContext context) =>
        value is StringValue { IsMarkup: true } markup ? markup : new StringValue(HtmlEscape.Apply(context.Text(value)), isMarkup: true);

    /// <summary>Without tags and comments, runs of white space made one space.</summary>
    private static string StripTags(string text)
    {
        var kept = Without(Without(text, "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', kept.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>Without what stands between two marks; one that is not closed stays.</summary>
    private static string Without(string text, string open, string close)
    {
        var (kept, at) = (new StringBuilder(text.Length), 0);
        while (text.IndexOf(open, at, StringComparison.Ordinal) is var start and >= 0 && text.IndexOf(close, start, StringComparison.Ordinal) is var end and >= 0)
        {
            kept.Append(text, at, start - at);
            at = end + close.Length;
        }

        return kept.Append(text, at, text.Length - at).ToString();
    }

    private static string UrlEncode(Value value, RenderContext context)
    {
        if (value is StringValue text) return Quote(text.Text);
        if (value.Iterate() is null) return Quote(context.Text(value));
        var pairs = value is DictValue dict ? dict.Entries.Select(e => new Value[] { e.Key, e.Value }) : context.Iterate(value).Select(context.ToArray);
        return string.Join('&', pairs.Select(pair => pair.Length == 2
            ? $"{QuotePart(pair[0], context)}={QuotePart(pair[1], context)}"
            : throw new TemplateFault("urlencode needs pairs")));
    }

    private static string QuotePart(Value value, RenderContext context) => Uri.EscapeDataString(context.Text(value)).Replace("%20", "+", StringComparison.Ordinal);

    private static string Quote(string text) => string.Join('/', text.Split('/').Select(Uri.EscapeDataString));
}
