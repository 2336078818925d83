using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>What comes after the colon: <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>.</summary>
/// <remarks>Python's documentation, "Format Specification Mini-Language".</remarks>
internal sealed class FormatSpecification
{
    private readonly char _fill = ' ';
    private readonly char? _align;
    private readonly char _sign;
    private readonly char? _grouping;
    private readonly int _width;
    private readonly int? _precision;
    private readonly char? _type;

    /// <exception cref="TemplateFault">It is no specification.</exception>
    public FormatSpecification(string text)
    {
        var at = 0;
        if (text.Length > 1 && "<>=^".Contains(text[1])) (_fill, _align, at) = (text[0], text[1], 2);
        else if (text.Length > 0 && "<>=^".Contains(text[0])) (_align, at) = (text[0], 1);
        if (at < text.Length && "+- ".Contains(text[at])) _sign = text[at++];
        if (at < text.Length && text[at] == '#') at++;
        if (at < text.Length && text[at] == '0') (_fill, _align, at) = (_align is null ? '0' : _fill, _align ?? '=', at + 1);
        _width = Number(text, ref at) ?? 0;
        if (at < text.Length && text[at] is ',' or '_') _grouping = text[at++];
        if (at < text.Length && text[at] == '.')
        {
            at++;
            _precision = Number(text, ref at) ?? throw new TemplateFault("Format specifier missing precision");
        }

        if (at < text.Length) _type = text[at++];
        if (at < text.Length) throw new TemplateFault("Invalid format specifier");
    }

    public void Append(Value value, TextBuilder output, RenderContext context)
    {
        if (value is UndefinedValue or StringValue || !Arithmetic.IsNumber(value) || (value is BooleanValue && _type is null)) AppendText(context.Text(value), output);
        else NumberFormat.Pad(output, Signed(Digits(value)), _width, _align ?? '>', _fill);
    }

    private void AppendText(string text, TextBuilder output)
    {
        if (_type is not (null or 's')) throw new TemplateFault($"Unknown format code '{_type}' for object of type 'str'");
        if (_precision is { } max && max < CodePoints.Count(text)) text = CodePoints.Slice(text, 0, max, BigInteger.One);
        NumberFormat.Pad(output, text, _width, _align is null or '=' ? '<' : _align.Value, _fill);
    }

    private string Digits(Value value)
    {
        var text = (_type, value) switch
        {
            (null, FloatValue number) => _precision is { } p ? NumberFormat.Float(number.Value, 'g', p) : PythonFloat.Repr(number.Value),
            (null or 'd' or 'n', _) when Arithmetic.ToInteger(value) is { } integer => NumberFormat.Integer(integer, "d"),
            ('x' or 'X' or 'o' or 'b', _) when Arithmetic.ToInteger(value) is { } integer => NumberFormat.Integer(integer, _type.Value.ToString()),
            ('%', _) => NumberFormat.Float(Arithmetic.ToDouble(value) * 100, 'f', _precision ?? 6) + "%",
            ('e' or 'E' or 'f' or 'F' or 'g' or 'G', _) => NumberFormat.Float(Arithmetic.ToDouble(value), _type.Value, _precision ?? 6),
            _ => throw new TemplateFault($"Unknown format code '{_type}' for object of type '{value.TypeName}'"),
        };
        return _grouping is { } separator ? NumberFormat.Grouped(text, separator) : text;
    }

    private string Signed(string text) => text[0] == '-' || _sign is not ('+' or ' ') ? text : _sign + text;

    private static int? Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        if (at - start > 6) throw new TemplateFault("Too many decimal digits in format string");
        return at == start ? null : int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture);
    }
}
