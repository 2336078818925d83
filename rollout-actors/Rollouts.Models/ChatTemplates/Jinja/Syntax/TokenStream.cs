namespace Rollouts.Models.Jinja.Syntax;

/// <summary>The tokens of a template, read one by one.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    /// <summary>The token after the current one.</summary>
    public Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _at++;
        return token;
    }

    public bool Skip(string symbol)
    {
        if (!Current.Is(symbol)) return false;
        Next();
        return true;
    }

    public bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        Next();
        return true;
    }

    public void Expect(string symbol)
    {
        if (!Skip(symbol)) throw Error($"expected '{symbol}', got '{Current.Description}'");
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Error($"expected {what}, got '{Current.Description}'");

    public string ExpectName() => Expect(TokenKind.Name, "a name").Text;

    public TemplateException Error(string message, int? line = null) => new(message, line ?? Current.Line);
}
