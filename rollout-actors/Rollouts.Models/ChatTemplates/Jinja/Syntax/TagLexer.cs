using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>The tokens inside of one <c>{{ }}</c> or <c>{% %}</c>.</summary>
internal sealed class TagLexer(SourceReader reader, bool isOutput)
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly Stack<char> _brackets = new();

    /// <summary>Reads up to the end of the tag, and over it.</summary>
    /// <returns>The sign at its end, NUL for none; null where the template ended first.</returns>
    public char? ReadTo(List<Token> tokens)
    {
        while (true)
        {
            reader.SkipSpace();
            if (reader.AtEnd) return null;
            // Inside of brackets }} closes two dictionaries.
            if (_brackets.Count == 0 && TryEnd(tokens) is { } closing) return closing;
            tokens.Add(Next());
        }
    }

    private char? TryEnd(List<Token> tokens)
    {
        var end = isOutput ? "}}" : "%}";
        var sign = reader.Peek() == '-' || (reader.Peek() == '+' && !isOutput) ? reader.Peek() : '\0';
        if (!reader.Rest[(sign == '\0' ? 0 : 1)..].StartsWith(end, StringComparison.Ordinal)) return null;
        tokens.Add(new Token(isOutput ? TokenKind.OutputEnd : TokenKind.TagEnd, end, reader.Line));
        reader.Take(sign == '\0' ? 2 : 3);
        return sign;
    }

    private Token Next()
    {
        var line = reader.Line;
        return reader.Peek() switch
        {
            >= '0' and <= '9' => Number(line),
            '"' or '\'' => Text(line),
            var c when PythonText.IsWord(c) => Name(line),
            _ => Operator(line),
        };
    }

    private Token Number(int line)
    {
        var afterDot = reader.Position > 0 && reader.Source[reader.Position - 1] == '.';
        var (length, value) = NumberLiteral.Read(reader.Rest, mayBeFloat: !afterDot);
        return new Token(TokenKind.Constant, reader.Take(length).ToString(), line, value);
    }

    private Token Text(int line)
    {
        var quote = reader.Peek();
        var length = 1;
        for (; reader.Position + length < reader.Source.Length && reader.Peek(length) != quote; length++)
            if (reader.Peek(length) == '\\') length++;
        if (reader.Position + length >= reader.Source.Length) throw reader.Error($"a string begins here and does not end: {quote}");
        var body = reader.Rest[1..length].ToString();
        reader.Take(length + 1);
        return new Token(TokenKind.Constant, body, line, new StringValue(StringLiteral.Unescape(body, line)));
    }

    private Token Name(int line)
    {
        var length = 1;
        while (PythonText.IsWord(reader.Peek(length))) length++;
        return new Token(TokenKind.Name, reader.Take(length).ToString(), line);
    }

    private Token Operator(int line)
    {
        foreach (var symbol in Operators)
        {
            if (!reader.StartsWith(symbol)) continue;
            Balance(symbol[0]);
            reader.Take(symbol.Length);
            return new Token(TokenKind.Operator, symbol, line);
        }

        throw reader.Error($"unexpected character '{reader.Peek()}'");
    }

    private void Balance(char symbol)
    {
        if (symbol is '(' or '[' or '{') _brackets.Push(symbol switch { '(' => ')', '[' => ']', _ => '}' });
        if (symbol is not (')' or ']' or '}')) return;
        if (!_brackets.TryPop(out var expected)) throw reader.Error($"unexpected '{symbol}'");
        if (expected != symbol) throw reader.Error($"unexpected '{symbol}', expected '{expected}'");
    }
}
