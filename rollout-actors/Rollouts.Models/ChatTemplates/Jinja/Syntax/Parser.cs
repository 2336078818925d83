using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>Reads a template: text, outputs and statements.</summary>
/// <remarks>The language: Jinja's template designer documentation; beside it <c>break</c>, <c>continue</c> and transformers' <c>generation</c>.</remarks>
internal sealed class Parser
{
    private readonly ParserState _state;
    private readonly ExpressionParser _expressions;
    private readonly StatementParser _statements;

    private Parser(TokenStream tokens)
    {
        _state = new ParserState(tokens);
        _expressions = new ExpressionParser(_state);
        _statements = new StatementParser(_state, _expressions, this);
    }

    private TokenStream Tokens => _state.Tokens;

    /// <exception cref="TemplateException">The source is no template.</exception>
    public static ImmutableArray<Statement> Parse(string source)
    {
        var parser = new Parser(new TokenStream(Lexer.Read(source)));
        var statements = parser.ParseUntil([]);
        if (parser._state.UnknownNames is [var (what, line), ..]) throw new TemplateException(what, line);
        return statements;
    }

    /// <summary>The statements between the tag that has just been read and one of <paramref name="ends"/>, whose name is then the current token.</summary>
    public ImmutableArray<Statement> ParseBody(params string[] ends)
    {
        Tokens.Skip(":");
        Tokens.Expect(TokenKind.TagEnd, "the end of the tag");
        var body = _state.Nested(() => ParseUntil(ends));
        if (Tokens.Current.Kind == TokenKind.End) throw Tokens.Error($"the template ends before {string.Join(" or ", ends)}");
        return body;
    }

    /// <summary>A body, and the name of the tag that ends it.</summary>
    public ImmutableArray<Statement> ParseBodyAndEnd(string end)
    {
        var body = ParseBody(end);
        Tokens.Next();
        return body;
    }

    /// <summary>A body with names of its own, and the name of the tag that ends it.</summary>
    public ImmutableArray<Statement> ParseInner(string end)
    {
        var wasConditional = _state.IsConditional;
        _state.IsConditional = false;
        var body = ParseBodyAndEnd(end);
        _state.IsConditional = wasConditional;
        return body;
    }

    private ImmutableArray<Statement> ParseUntil(string[] ends)
    {
        var statements = ImmutableArray.CreateBuilder<Statement>();
        while (Tokens.Current.Kind != TokenKind.End)
        {
            var token = Tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Text(token.Text, token.Line));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new Output(_expressions.ParseTuple(), token.Line));
                    Tokens.Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                default:
                    if (Tokens.Current.Kind == TokenKind.Name && ends.Contains(Tokens.Current.Text)) return statements.ToImmutable();
                    statements.Add(_statements.Parse(ends));
                    Tokens.Expect(TokenKind.TagEnd, "'%}'");
                    break;
            }
        }

        return statements.ToImmutable();
    }
}
