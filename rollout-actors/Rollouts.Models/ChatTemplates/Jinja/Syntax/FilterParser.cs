using System.Collections.Immutable;
using Rollouts.Models.Jinja.Filters;
using Rollouts.Models.Jinja.Tests;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What follows a bar or <c>is</c>.</summary>
internal sealed class FilterParser(ParserState state, OperandParser operands, SubscriptParser subscripts)
{
    private TokenStream Tokens => state.Tokens;

    /// <summary>The filters and tests after an operand, and calls of what they give.</summary>
    public Expression Parse(Expression operand)
    {
        while (true)
        {
            if (Tokens.Skip("|")) operand = new Filtered(operand, ParseFilter(), operand.Line);
            else if (Tokens.Current.IsName("is")) operand = ParseTest(operand);
            else if (Tokens.Current.Is("(")) operand = subscripts.ParseCall(operand);
            else return operand;
        }
    }

    /// <summary>The filters of a block: <c>| a | b(c)</c>.</summary>
    /// <param name="startsInline">Whether the first comes without a bar.</param>
    public ImmutableArray<FilterCall> ParseChain(bool startsInline)
    {
        var filters = ImmutableArray.CreateBuilder<FilterCall>();
        if (startsInline) filters.Add(ParseFilter());
        while (Tokens.Skip("|")) filters.Add(ParseFilter());
        return filters.ToImmutable();
    }

    private FilterCall ParseFilter()
    {
        var line = Tokens.Current.Line;
        var name = ParseDottedName();
        if (!FilterTable.Contains(name)) state.Unknown($"no filter named '{name}'", line);
        return new FilterCall(name, Tokens.Current.Is("(") ? subscripts.ParseArguments() : ArgumentList.Empty, line);
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
        if (token.Is("(")) return subscripts.ParseArguments();
        var begins = token.Kind is TokenKind.Constant || token.Is("[") || token.Is("{") || (token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and"));
        if (!begins) return ArgumentList.Empty;
        if (token.IsName("is")) throw Tokens.Error("tests with 'is' cannot be chained");
        return new ArgumentList([subscripts.ParsePostfix(operands.ParsePrimary())], [], null, null);
    }

    private string ParseDottedName()
    {
        var name = Tokens.ExpectName();
        while (Tokens.Skip(".")) name += "." + Tokens.ExpectName();
        return name;
    }
}
