using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>One statement, from the name of its tag on.</summary>
internal sealed class StatementParser(ParserState state, ExpressionParser expressions, Parser parser)
{
    private readonly TargetParser _targets = new(state);
    private readonly MacroParser _macros = new(state, expressions, parser);

    private TokenStream Tokens => state.Tokens;

    /// <param name="ends">What would end the body around it, for the error.</param>
    public Statement Parse(string[] ends)
    {
        var token = Tokens.Expect(TokenKind.Name, "the name of a tag");
        return token.Text switch
        {
            "if" => ParseIf(token.Line),
            "for" => ParseFor(token.Line),
            "break" => InLoop(new Break(token.Line)),
            "continue" => InLoop(new Continue(token.Line)),
            "set" => ParseSet(token.Line),
            "macro" => _macros.ParseMacro(token.Line),
            "call" => _macros.ParseCallBlock(token.Line),
            "filter" => new FilterBlock(expressions.Operands.Filters.ParseChain(startsInline: true), parser.ParseInner("endfilter"), token.Line),
            "with" => ParseWith(token.Line),
            "print" => ParsePrint(token.Line),
            "generation" => new Enclosed(_macros.ParseClosedBody("endgeneration"), token.Line),
            "extends" or "include" or "import" or "from" or "block" => throw Tokens.Error($"'{token.Text}': a chat template is one file and neither loads nor extends another", token.Line),
            _ when ends.Length > 0 => throw Tokens.Error($"unknown tag '{token.Text}'; the block around it ends with {string.Join(" or ", ends)}", token.Line),
            _ => throw Tokens.Error($"unknown tag '{token.Text}'", token.Line),
        };
    }

    private If ParseIf(int line)
    {
        var wasConditional = state.IsConditional;
        state.IsConditional = true;
        var branches = ImmutableArray.CreateBuilder<(Expression, ImmutableArray<Statement>)>();
        Token end;
        do
        {
            branches.Add((expressions.ParseTuple(withConditional: false), parser.ParseBody("elif", "else", "endif")));
            end = Tokens.Next();
        }
        while (end.IsName("elif"));
        var otherwise = end.IsName("else") ? parser.ParseBodyAndEnd("endif") : [];
        state.IsConditional = wasConditional;
        return new If(branches.ToImmutable(), otherwise, line);
    }

    private For ParseFor(int line)
    {
        var target = _targets.Parse();
        if (!Tokens.SkipName("in")) throw Tokens.Error($"expected 'in', got '{Tokens.Current.Description}'");
        var iterable = expressions.ParseTuple(withConditional: false, isEnd: token => token.IsName("recursive"));
        var filter = Tokens.SkipName("if") ? expressions.Parse() : null;
        var isRecursive = Tokens.SkipName("recursive");
        var (wasInLoop, wasConditional) = (state.InLoop, state.IsConditional);
        (state.InLoop, state.IsConditional) = (true, false);
        var body = parser.ParseBody("endfor", "else");
        state.InLoop = wasInLoop;
        var otherwise = Tokens.Next().IsName("else") ? parser.ParseBodyAndEnd("endfor") : [];
        state.IsConditional = wasConditional;
        return new For(target, iterable, filter, isRecursive, body, otherwise, line);
    }

    private Statement InLoop(Statement jump) =>
        state.InLoop ? jump : throw Tokens.Error($"'{(jump is Break ? "break" : "continue")}' outside of a loop", jump.Line);

    private Statement ParseSet(int line)
    {
        var target = _targets.ParseOfSet();
        if (Tokens.Skip("=")) return new Set(target, expressions.ParseTuple(), line);
        return new SetBlock(target, expressions.Operands.Filters.ParseChain(startsInline: false), parser.ParseInner("endset"), line);
    }

    private Output ParsePrint(int line)
    {
        var parts = ImmutableArray.CreateBuilder<Expression>();
        while (Tokens.Current.Kind != TokenKind.TagEnd)
        {
            if (parts.Count > 0) Tokens.Expect(",");
            parts.Add(expressions.Parse());
        }

        return new Output(new Concatenation(parts.ToImmutable(), line), line);
    }

    private With ParseWith(int line)
    {
        var assignments = ImmutableArray.CreateBuilder<(Target, Expression)>();
        while (Tokens.Current.Kind != TokenKind.TagEnd)
        {
            if (assignments.Count > 0) Tokens.Expect(",");
            var target = _targets.Parse();
            Tokens.Expect("=");
            assignments.Add((target, expressions.Parse()));
        }

        return new With(assignments.ToImmutable(), parser.ParseInner("endwith"), line);
    }
}
