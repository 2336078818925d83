using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>Operators, from the loosest to the tightest; each method reads one level of precedence.</summary>
/// <remarks>Jinja's template designer documentation, "Expressions". Powers associate to the left, as there.</remarks>
internal sealed class ExpressionParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private readonly ParserState _state;

    public ExpressionParser(ParserState state)
    {
        _state = state;
        Operands = new OperandParser(state, this);
    }

    public OperandParser Operands { get; }

    private TokenStream Tokens => _state.Tokens;

    /// <summary>An expression.</summary>
    /// <param name="withConditional">Whether <c>a if b else c</c> is one: after <c>in</c> of a loop, <c>if</c> means something else.</param>
    public Expression Parse(bool withConditional = true) => _state.Nested(() => withConditional ? ParseConditional() : ParseOr());

    /// <summary>One expression, or several with commas between them: a tuple.</summary>
    /// <param name="isEnd">Tells tokens after which the tuple ends although a comma came.</param>
    public Expression ParseTuple(bool withConditional = true, bool inParentheses = false, Func<Token, bool>? isEnd = null)
    {
        var line = Tokens.Current.Line;
        var items = ImmutableArray.CreateBuilder<Expression>();
        var isTuple = false;
        while (!EndsTuple(isEnd))
        {
            items.Add(Parse(withConditional));
            if (!Tokens.Skip(",")) break;
            isTuple = true;
        }

        if (items.Count == 1 && !isTuple) return items[0];
        if (items.Count == 0 && !inParentheses) throw Tokens.Error($"expected an expression, got '{Tokens.Current.Description}'");
        return new TupleLiteral(items.ToImmutable(), line);
    }

    private bool EndsTuple(Func<Token, bool>? isEnd) =>
        Tokens.Current.Kind is TokenKind.OutputEnd or TokenKind.TagEnd || Tokens.Current.Is(")") || isEnd?.Invoke(Tokens.Current) == true;

    private Expression ParseConditional()
    {
        var known = _state.UnknownNames.Count;
        var then = ParseOr();
        while (Tokens.Current.IsName("if"))
        {
            var line = Tokens.Next().Line;
            var test = ParseOr();
            var otherwise = Tokens.SkipName("else") ? _state.Nested(ParseConditional) : null;
            then = new Conditional(test, then, otherwise, line);
            // Any part of it may never be reached.
            _state.UnknownNames.RemoveRange(known, _state.UnknownNames.Count - known);
        }

        return then;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (Tokens.Current.IsName("or")) left = new Or(left, After(ParseAnd, out var line), line);
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (Tokens.Current.IsName("and")) left = new And(left, After(ParseNot, out var line), line);
        return left;
    }

    private Expression ParseNot()
    {
        if (!Tokens.Current.IsName("not")) return ParseComparison();
        var line = Tokens.Next().Line;
        return new Not(_state.Nested(ParseNot), line);
    }

    private Expression ParseComparison()
    {
        var (line, first) = (Tokens.Current.Line, ParseSum());
        var rest = ImmutableArray.CreateBuilder<(string, Expression)>();
        while (TakeComparison() is { } comparison) rest.Add((comparison, ParseSum()));
        return rest.Count == 0 ? first : new Comparison(first, rest.ToImmutable(), line);
    }

    private string? TakeComparison()
    {
        if (Tokens.Current.Kind == TokenKind.Operator) return Comparisons.Contains(Tokens.Current.Text) ? Tokens.Next().Text : null;
        if (Tokens.SkipName("in")) return "in";
        if (!Tokens.Current.IsName("not") || !Tokens.Ahead.IsName("in")) return null;
        Tokens.Next();
        Tokens.Next();
        return "not in";
    }

    private Expression ParseSum()
    {
        var left = ParseConcatenation();
        while (Tokens.Current.Is("+") || Tokens.Current.Is("-")) left = new Binary(Tokens.Current.Text, left, After(ParseConcatenation, out var line), line);
        return left;
    }

    private Expression ParseConcatenation()
    {
        var (line, first) = (Tokens.Current.Line, ParseProduct());
        if (!Tokens.Current.Is("~")) return first;
        var parts = ImmutableArray.CreateBuilder<Expression>();
        parts.Add(first);
        while (Tokens.Skip("~")) parts.Add(ParseProduct());
        return new Concatenation(parts.ToImmutable(), line);
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (Tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" }) left = new Binary(Tokens.Current.Text, left, After(ParsePower, out var line), line);
        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseOperand();
        while (Tokens.Current.Is("**")) left = new Binary("**", left, After(ParseOperand, out var line), line);
        return left;
    }

    private Expression ParseOperand() => Operands.Parse();

    private Expression After(Func<Expression> parse, out int line)
    {
        line = Tokens.Next().Line;
        return parse();
    }
}
