namespace Rollouts.Models.Jinja.Syntax;

/// <summary>Cuts a template into tokens, with the whitespace control that chat templates are written for: <c>trim_blocks</c> and <c>lstrip_blocks</c> are on.</summary>
/// <remarks>The language: Jinja's template designer documentation, "Whitespace Control"; the settings: Hugging Face's "Writing a chat template".</remarks>
internal sealed class Lexer
{
    private readonly SourceReader _reader;
    private readonly List<Token> _tokens = [];

    // Whether what was read last ended a line: only then is white space before a tag the line's indentation.
    private bool _lineStarts = true;

    private Lexer(string source) => _reader = new SourceReader(source);

    /// <exception cref="TemplateException">The source cannot be cut into tokens.</exception>
    public static IReadOnlyList<Token> Read(string source)
    {
        var lexer = new Lexer(source);
        while (!lexer._reader.AtEnd) lexer.ReadDataAndTag();
        lexer._tokens.Add(new Token(TokenKind.End, "", lexer._reader.Line));
        return lexer._tokens;
    }

    private void ReadDataAndTag()
    {
        var length = LengthOfData();
        if (_reader.Position + length == _reader.Source.Length)
        {
            AddData(_reader.Rest.ToString(), sign: '+', isOutput: false);
            _reader.Take(length);
            return;
        }

        var (kind, sign) = (_reader.Peek(length + 1), SignAt(length + 2));
        AddData(_reader.Source.Substring(_reader.Position, length), sign, isOutput: kind == '{');
        _reader.Take(length);
        if (kind == '#') SkipComment(sign);
        else if (kind == '%' && LengthOfRawTag() is var raw and > 0) ReadRaw(raw);
        else ReadTag(kind == '{', sign);
    }

    private int LengthOfData()
    {
        var rest = _reader.Rest;
        for (var at = 0; ; at++)
        {
            var next = rest[at..].IndexOf('{');
            if (next < 0) return rest.Length;
            at += next;
            if (at + 1 < rest.Length && rest[at + 1] is '{' or '%' or '#') return at;
        }
    }

    /// <summary>Adds text before a tag: '-' strips it, '+' keeps it, else the tag's own indentation goes.</summary>
    private void AddData(string text, char sign, bool isOutput)
    {
        var line = _reader.Line;
        if (sign == '-') text = PythonText.TrimEnd(text);
        else if (sign != '+' && !isOutput) text = WithoutIndentation(text);
        if (text.Length > 0) _tokens.Add(new Token(TokenKind.Data, text, line));
    }

    private string WithoutIndentation(string text)
    {
        var lineStart = text.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _lineStarts) && PythonText.TrimEnd(text).Length <= lineStart ? text[..lineStart] : text;
    }

    private void SkipComment(char sign)
    {
        var start = _reader.Position + (sign == '\0' ? 2 : 3);
        if (start >= _reader.Source.Length)
        {
            _reader.Take(_reader.Rest.Length);
            return;
        }

        var end = _reader.Source.IndexOf("#}", start, StringComparison.Ordinal);
        if (end < 0) throw _reader.Error("Missing end of comment tag");
        var closing = end > start && _reader.Source[end - 1] is '-' or '+' ? _reader.Source[end - 1] : '\0';
        _reader.Take(end + 2 - _reader.Position);
        AfterTag(closing, trims: true);
    }

    private void ReadRaw(int tagLength)
    {
        var strips = _reader.Rest[..tagLength].EndsWith("-%}", StringComparison.Ordinal);
        _reader.Take(tagLength);
        AfterTag(strips ? '-' : '+', trims: false);
        for (var at = _reader.Position; (at = _reader.Source.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at++)
        {
            if (RawTag.Match(_reader.Source, at, "endraw") is not { } match) continue;
            AddData(_reader.Source[_reader.Position..at], match.Opening, isOutput: false);
            _reader.Take(at + match.Length - _reader.Position);
            AfterTag(match.Closing, trims: true);
            return;
        }

        if (!_reader.AtEnd) throw _reader.Error("Missing end of raw directive");
    }

    private int LengthOfRawTag() => RawTag.Match(_reader.Source, _reader.Position, "raw") is { Closing: not '+' } match ? match.Length : 0;

    private void ReadTag(bool isOutput, char sign)
    {
        _tokens.Add(new Token(isOutput ? TokenKind.OutputBegin : TokenKind.TagBegin, "", _reader.Line));
        _reader.Take(sign == '\0' ? 2 : 3);
        if (new TagLexer(_reader, isOutput).ReadTo(_tokens) is { } closing) AfterTag(closing, trims: !isOutput);
    }

    /// <summary>After a tag: '-' takes all white space, '+' nothing, else the line end goes where the kind of tag trims.</summary>
    private void AfterTag(char closing, bool trims)
    {
        var before = _reader.Position;
        if (closing == '-') _reader.SkipSpace();
        else if (closing != '+' && trims && _reader.Peek() == '\n') _reader.Take(1);
        _lineStarts = _reader.Position > before && _reader.Source[_reader.Position - 1] == '\n';
    }

    private char SignAt(int ahead) => _reader.Peek(ahead) is '-' or '+' ? _reader.Peek(ahead) : '\0';
}
