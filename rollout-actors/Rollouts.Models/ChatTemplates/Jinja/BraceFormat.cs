using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>Python's <c>pattern.format(arguments)</c>: <c>{}</c>, <c>{0}</c>, <c>{name.attribute[key]!r:&gt;8.2f}</c>.</summary>
internal sealed class BraceFormat
{
    private readonly BoundArguments _arguments;
    private readonly RenderContext _context;
    private readonly TextBuilder _output;
    private int _next;

    private BraceFormat(BoundArguments arguments, RenderContext context) => (_arguments, _context, _output) = (arguments, context, context.NewText());

    /// <exception cref="TemplateFault">The pattern is broken, or the arguments do not fit it.</exception>
    public static string Apply(string pattern, BoundArguments arguments, RenderContext context)
    {
        var format = new BraceFormat(arguments, context);
        for (var at = 0; at < pattern.Length;) at = format.Append(pattern, at);
        return format._output.ToString();
    }

    private int Append(string pattern, int at)
    {
        var c = pattern[at];
        if (c is not ('{' or '}'))
        {
            _output.Append(c);
            return at + 1;
        }

        if (at + 1 < pattern.Length && pattern[at + 1] == c)
        {
            _output.Append(c);
            return at + 2;
        }

        var end = c == '{' ? pattern.IndexOf('}', at) : -1;
        if (end < 0) throw new TemplateFault($"Single '{c}' encountered in format string");
        AppendField(pattern[(at + 1)..end]);
        return end + 1;
    }

    private void AppendField(string field)
    {
        var colon = field.IndexOf(':');
        var (name, specification) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
        var bang = name.IndexOf('!');
        var value = Find(bang < 0 ? name : name[..bang]);
        if (bang >= 0) value = new StringValue(name[(bang + 1)..] == "r" ? Repr(value) : _context.Text(value));
        new FormatSpecification(specification).Append(value, _output, _context);
    }

    private Value Find(string name)
    {
        var end = name.AsSpan().IndexOfAny('.', '[');
        var first = end < 0 ? name : name[..end];
        var value = first.Length == 0 ? Positional(_next++) : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? Positional(index) : Named(first);
        for (var at = end; at >= 0 && at < name.Length;)
        {
            var stop = name.AsSpan(at + 1).IndexOfAny('.', '[') is var next and >= 0 ? at + 1 + next : name.Length;
            var key = name[(at + 1)..stop].TrimEnd(']');
            value = name[at] == '.' ? Lookup.Attribute(value, key, _context) : Lookup.Item(value, Key(key), _context);
            at = stop;
        }

        return value;
    }

    private static Value Key(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntegerValue(new BigInteger(index)) : new StringValue(key);

    private Value Positional(int index) => index < _arguments.Rest.Length ? _arguments.Rest[index] : throw new TemplateFault($"Replacement index {index} out of range for positional args tuple");

    private Value Named(string name) => _arguments.Named.FirstOrDefault(pair => pair.Key == name).Value ?? throw new TemplateFault($"'{name}'");

    private string Repr(Value value)
    {
        var text = _context.NewText();
        value.PrintRepr(text);
        return text.ToString();
    }
}
