using System.Collections.Immutable;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What stands between operators: constants, names and literals, with their signs and with what follows them.</summary>
internal sealed class OperandParser
{
    private readonly ParserState _state;
    private readonly ExpressionParser _expressions;
    private readonly SubscriptParser _subscripts;

    public OperandParser(ParserState state, ExpressionParser expressions)
    {
        (_state, _expressions) = (state, expressions);
        _subscripts = new SubscriptParser(state, expressions);
        Filters = new FilterParser(state, this, _subscripts);
    }

    public FilterParser Filters { get; }

    private TokenStream Tokens => _state.Tokens;

    public Expression Parse(bool withFilters = true)
    {
        var token = Tokens.Current;
        Expression operand;
        if (token.Is("-") || token.Is("+"))
        {
            Tokens.Next();
            operand = new Sign(token.Text == "-", _state.Nested(() => Parse(withFilters: false)), token.Line);
        }
        else
        {
            operand = ParsePrimary();
        }

        operand = _subscripts.ParsePostfix(operand);
        return withFilters ? Filters.Parse(operand) : operand;
    }

    /// <summary>A constant, a name, or something in brackets.</summary>
    public Expression ParsePrimary()
    {
        var token = Tokens.Current;
        if (token.Kind == TokenKind.Constant) return ParseConstant();
        if (token.Kind == TokenKind.Name) return ParseName();
        if (!token.Is("(") && !token.Is("[") && !token.Is("{")) throw Tokens.Error($"expected an expression, got '{token.Description}'");
        Tokens.Next();
        return token.Text switch
        {
            "(" => ParseParentheses(),
            "[" => new ListLiteral(ParseItems("]", () => _expressions.Parse()), token.Line),
            _ => new DictLiteral(ParseItems("}", ParseEntry), token.Line),
        };
    }

    private Constant ParseConstant()
    {
        var token = Tokens.Next();
        if (token.Value is not StringValue text || Tokens.Current.Value is not StringValue) return new Constant(token.Value!, token.Line);
        // Strings that follow each other are one.
        var whole = text.Text;
        while (Tokens.Current.Value is StringValue next)
        {
            whole += next.Text;
            Tokens.Next();
        }

        return new Constant(new StringValue(whole), token.Line);
    }

    private Expression ParseName()
    {
        var token = Tokens.Next();
        _state.Read(token.Text);
        return token.Text switch
        {
            "true" or "True" => new Constant(BooleanValue.True, token.Line),
            "false" or "False" => new Constant(BooleanValue.False, token.Line),
            "none" or "None" => new Constant(NoneValue.Instance, token.Line),
            _ => new Name(token.Text, token.Line),
        };
    }

    private Expression ParseParentheses()
    {
        var inner = _expressions.ParseTuple(inParentheses: true);
        Tokens.Expect(")");
        return inner;
    }

    private ImmutableArray<T> ParseItems<T>(string end, Func<T> parse)
    {
        var items = ImmutableArray.CreateBuilder<T>();
        while (!Tokens.Skip(end))
        {
            if (items.Count > 0) Tokens.Expect(",");
            if (Tokens.Skip(end)) break;
            items.Add(parse());
        }

        return items.ToImmutable();
    }

    private (Expression, Expression) ParseEntry()
    {
        var key = _expressions.Parse();
        Tokens.Expect(":");
        return (key, _expressions.Parse());
    }
}
