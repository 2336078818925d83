using System.Collections.Immutable;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What follows an operand: <c>.name</c>, <c>[key]</c>, <c>[start:stop:step]</c> and <c>(arguments)</c>.</summary>
internal sealed class SubscriptParser(ParserState state, ExpressionParser expressions)
{
    private TokenStream Tokens => state.Tokens;

    public Expression ParsePostfix(Expression operand)
    {
        while (true)
        {
            if (Tokens.Current.Is(".")) operand = ParseAttribute(operand);
            else if (Tokens.Current.Is("[")) operand = ParseItem(operand);
            else if (Tokens.Current.Is("(")) operand = ParseCall(operand);
            else return operand;
        }
    }

    public Call ParseCall(Expression callee)
    {
        var line = Tokens.Current.Line;
        return new Call(callee, ParseArguments(), line);
    }

    public ArgumentList ParseArguments()
    {
        Tokens.Expect("(");
        var positional = ImmutableArray.CreateBuilder<Expression>();
        var keywords = ImmutableArray.CreateBuilder<(string, Expression)>();
        Expression? rest = null, named = null;
        for (var first = true; !Tokens.Current.Is(")"); first = false)
        {
            if (!first) Tokens.Expect(",");
            if (Tokens.Current.Is(")")) break;
            if (named is not null || (rest is not null && (Tokens.Current.Is("*") || !IsKeyword) && !Tokens.Current.Is("**"))) throw Tokens.Error("invalid syntax for function call expression");
            if (Tokens.Skip("*")) rest = expressions.Parse();
            else if (Tokens.Skip("**")) named = expressions.Parse();
            else if (IsKeyword) keywords.Add(ParseKeyword());
            else if (keywords.Count == 0) positional.Add(expressions.Parse());
            else throw Tokens.Error("invalid syntax for function call expression");
        }

        Tokens.Expect(")");
        return new ArgumentList(positional.ToImmutable(), keywords.ToImmutable(), rest, named);
    }

    private bool IsKeyword => Tokens.Current.Kind == TokenKind.Name && Tokens.Ahead.Is("=");

    private (string, Expression) ParseKeyword()
    {
        var name = Tokens.ExpectName();
        Tokens.Expect("=");
        return (name, expressions.Parse());
    }

    private Expression ParseAttribute(Expression operand)
    {
        var line = Tokens.Next().Line;
        var token = Tokens.Next();
        return token switch
        {
            { Kind: TokenKind.Name } => new GetAttribute(operand, token.Text, line),
            { Value: IntegerValue index } => new GetItem(operand, new Constant(index, line), line),
            _ => throw Tokens.Error($"expected a name or a number after '.', got '{token.Description}'", line),
        };
    }

    private Expression ParseItem(Expression operand)
    {
        var line = Tokens.Next().Line;
        var items = ImmutableArray.CreateBuilder<Expression>();
        while (!Tokens.Skip("]"))
        {
            if (items.Count > 0) Tokens.Expect(",");
            else if (StartsSlice(out var start)) return ParseSlice(operand, start, line);
            else if (start is not null)
            {
                items.Add(start);
                continue;
            }

            items.Add(expressions.Parse());
        }

        return items.Count switch
        {
            0 => throw Tokens.Error("expected a subscript", line),
            1 => new GetItem(operand, items[0], line),
            _ => new GetItem(operand, new TupleLiteral(items.ToImmutable(), line), line),
        };
    }

    /// <summary>Whether a colon comes next, or after one expression.</summary>
    private bool StartsSlice(out Expression? start)
    {
        start = Tokens.Current.Is(":") ? null : expressions.Parse();
        return Tokens.Skip(":");
    }

    private GetSlice ParseSlice(Expression operand, Expression? start, int line)
    {
        var stop = Tokens.Current.Is(":") || Tokens.Current.Is("]") ? null : expressions.Parse();
        var step = !Tokens.Skip(":") || Tokens.Current.Is("]") ? null : expressions.Parse();
        Tokens.Expect("]");
        return new GetSlice(operand, start, stop, step, line);
    }
}
