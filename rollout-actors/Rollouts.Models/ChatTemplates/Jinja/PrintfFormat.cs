using System.Globalization;
using System.Numerics;
using Rollouts.Models.Jinja.Evaluation;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja;

/// <summary>Python's <c>pattern % arguments</c>.</summary>
internal sealed class PrintfFormat
{
    private readonly string _pattern;
    private readonly Value _arguments;
    private readonly RenderContext _context;
    private readonly TextBuilder _output;
    private int _at;
    private int _used;

    private PrintfFormat(string pattern, Value arguments, RenderContext context) =>
        (_pattern, _arguments, _context, _output) = (pattern, arguments, context, context.NewText());

    /// <param name="arguments">A tuple, a dictionary for <c>%(name)s</c>, or one value.</param>
    /// <exception cref="TemplateFault">The arguments do not fit the pattern.</exception>
    public static string Apply(string pattern, Value arguments, RenderContext context)
    {
        var format = new PrintfFormat(pattern, arguments, context);
        while (format._at < pattern.Length) format.Next();
        // What can be asked for a key may be left unused.
        if (arguments is not (DictValue or ListValue or RangeValue or UndefinedValue) && format._used < format.NumArguments) throw new TemplateFault("not all arguments converted during string formatting");
        return format._output.ToString();
    }

    private int NumArguments => _arguments is TupleValue tuple ? tuple.Items.Length : 1;

    private void Next()
    {
        var percent = _pattern.IndexOf('%', _at);
        if (percent < 0) percent = _pattern.Length;
        _output.Append(_pattern.AsSpan(_at, percent - _at));
        _at = percent + 1;
        if (_at <= _pattern.Length) Convert();
    }

    private void Convert()
    {
        var name = Peek() == '(' ? TakeName() : null;
        var flags = TakeWhile(c => "-+ #0".Contains(c));
        var width = TakeNumber() ?? 0;
        int? precision = null;
        if (Peek() == '.')
        {
            _at++;
            precision = TakeNumber() ?? 0;
        }

        TakeWhile(c => "hlL".Contains(c));
        if (_at >= _pattern.Length) throw new TemplateFault("incomplete format");
        var kind = _pattern[_at++];
        if (kind == '%') _output.Append('%');
        else Write(kind, name is null ? NextArgument() : Named(name), flags, width, precision);
    }

    private void Write(char kind, Value value, string flags, int width, int? precision)
    {
        var text = kind switch
        {
            's' => Cut(_context.Text(value), precision),
            'r' or 'a' => Cut(Repr(value), precision),
            'd' or 'i' or 'u' => NumberFormat.Integer(Whole(value), "d"),
            'x' or 'X' or 'o' => NumberFormat.Integer(Whole(value), kind.ToString()),
            'f' or 'F' or 'e' or 'E' or 'g' or 'G' => NumberFormat.Float(Number(value), kind, precision ?? 6),
            'c' => value is StringValue character ? character.Text : Character(Whole(value)),
            _ => throw new TemplateFault($"unsupported format character '{kind}'"),
        };
        var isNumber = kind is not ('s' or 'r' or 'a' or 'c');
        if (isNumber && text[0] != '-' && flags.Contains('+')) text = "+" + text;
        else if (isNumber && text[0] != '-' && flags.Contains(' ')) text = " " + text;
        NumberFormat.Pad(_output, text, width, flags.Contains('-') ? '<' : flags.Contains('0') && isNumber ? '=' : '>', flags.Contains('0') && isNumber && !flags.Contains('-') ? '0' : ' ');
    }

    private Value NextArgument()
    {
        if (_used >= NumArguments) throw new TemplateFault("not enough arguments for format string");
        return _arguments is TupleValue tuple ? tuple.Items[_used++] : Single();
    }

    private Value Single()
    {
        _used++;
        return _arguments;
    }

    private Value Named(string name) => _arguments is DictValue dict ? dict.Find(name) ?? throw new TemplateFault($"'{name}'") : throw new TemplateFault("format requires a mapping");

    private string Repr(Value value)
    {
        var text = _context.NewText();
        value.PrintRepr(text);
        return text.ToString();
    }

    private static string Cut(string text, int? precision) => precision is { } max && max < CodePoints.Count(text) ? CodePoints.Slice(text, 0, max, BigInteger.One) : text;

    private static BigInteger Whole(Value value) => Arithmetic.ToInteger(value) ?? (value is FloatValue number && double.IsFinite(number.Value) ? new BigInteger(number.Value) : throw NoNumber(value));

    private static string Character(BigInteger code) =>
        code.Sign >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? char.ConvertFromUtf32((int)code) : throw new TemplateFault("%c needs a character's number");

    private static double Number(Value value) => Arithmetic.IsNumber(value) ? Arithmetic.ToDouble(value) : throw NoNumber(value);

    private static TemplateFault NoNumber(Value value) => new($"a number is required, not {value.TypeName}");

    private char Peek() => _at < _pattern.Length ? _pattern[_at] : '\0';

    private string TakeName()
    {
        var end = _pattern.IndexOf(')', _at);
        if (end < 0) throw new TemplateFault("incomplete format key");
        var name = _pattern[(_at + 1)..end];
        _at = end + 1;
        return name;
    }

    private int? TakeNumber()
    {
        if (Peek() == '*')
        {
            _at++;
            return (int)BigInteger.Clamp(Whole(NextArgument()), 0, NumberFormat.MaxWidth);
        }

        var digits = TakeWhile(char.IsAsciiDigit);
        if (digits.Length > 6) throw new TemplateFault("width or precision too big");
        return digits.Length == 0 ? null : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    private string TakeWhile(Func<char, bool> accepts)
    {
        var start = _at;
        while (_at < _pattern.Length && accepts(_pattern[_at])) _at++;
        return _pattern[start.._at];
    }
}
