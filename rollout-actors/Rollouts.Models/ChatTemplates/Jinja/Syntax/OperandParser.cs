using System.Collections.Immutable;
using Rollouts.Models.Jinja.Filters;
using Rollouts.Models.Jinja.Tests;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What stands between operators: constants, names and literals, with their signs, subscripts, calls, filters and tests.</summary>
internal sealed class OperandParser(ParserState state, ExpressionParser expressions)
{
    private readonly SubscriptParser _subscripts = new(state, expressions);

    private TokenStream Tokens => state.Tokens;

    public Expression Parse(bool withFilters = true)
    {
        var token = Tokens.Current;
        Expression operand;
        if (token.Is("-") || token.Is("+"))
        {
            Tokens.Next();
            operand = new Sign(token.Text == "-", state.Nested(() => Parse(withFilters: false)), token.Line);
        }
        else
        {
            operand = ParsePrimary();
        }

        operand = _subscripts.ParsePostfix(operand);
        return withFilters ? ParseFilters(operand) : operand;
    }

    /// <summary>The filters of a block: <c>| a | b(c)</c>.</summary>
    /// <param name="startsInline">Whether the first comes without a bar.</param>
    public ImmutableArray<FilterCall> ParseFilterChain(bool startsInline)
    {
        var filters = ImmutableArray.CreateBuilder<FilterCall>();
        if (startsInline) filters.Add(ParseFilter());
        while (Tokens.Skip("|")) filters.Add(ParseFilter());
        return filters.ToImmutable();
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
            "[" => new ListLiteral(ParseItems("]", () => expressions.Parse()), token.Line),
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
        state.Read(token.Text);
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
        var inner = expressions.ParseTuple(inParentheses: true);
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
        var key = expressions.Parse();
        Tokens.Expect(":");
        return (key, expressions.Parse());
    }

    private Expression ParseFilters(Expression operand)
    {
        while (true)
        {
            if (Tokens.Skip("|")) operand = new Filtered(operand, ParseFilter(), Tokens.Current.Line);
            else if (Tokens.Current.IsName("is")) operand = ParseTest(operand);
            else if (Tokens.Current.Is("(")) operand = _subscripts.ParseCall(operand);
            else return operand;
        }
    }

    private FilterCall ParseFilter()
    {
        var line = Tokens.Current.Line;
        var name = ParseDottedName();
        if (!FilterTable.Contains(name)) state.Unknown($"no filter named '{name}'", line);
        return new FilterCall(name, Tokens.Current.Is("(") ? _subscripts.ParseArguments() : ArgumentList.Empty, line);
    }

    private Expression ParseTest(Expression operand)
    {
        var line = Tokens.Next().Line;
        var negated = Tokens.SkipName("not");
        var name = ParseDottedName();
        if (!TestTable.Contains(name)) state.Unknown($"no test named '{name}'", line);
        var test = new Tested(operand, name, ParseTestArguments(), line);
        return negated ? new Not(test, line) : test;
    }

    /// <summary>The arguments of a test: in parentheses, or one operand without: <c>x is divisibleby 3</c>.</summary>
    private ArgumentList ParseTestArguments()
    {
        var token = Tokens.Current;
        if (token.Is("(")) return _subscripts.ParseArguments();
        var begins = token.Kind is TokenKind.Constant || token.Is("[") || token.Is("{") || (token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and"));
        if (!begins) return ArgumentList.Empty;
        if (token.IsName("is")) throw Tokens.Error("tests with 'is' cannot be chained");
        return new ArgumentList([_subscripts.ParsePostfix(ParsePrimary())], [], null, null);
    }

    private string ParseDottedName()
    {
        var name = Tokens.ExpectName();
        while (Tokens.Skip(".")) name += "." + Tokens.ExpectName();
        return name;
    }
}
