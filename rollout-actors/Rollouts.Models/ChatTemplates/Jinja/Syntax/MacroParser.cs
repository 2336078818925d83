using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>Macros and call blocks: bodies that are called.</summary>
internal sealed class MacroParser(ParserState state, ExpressionParser expressions, Parser parser)
{
    private readonly TargetParser _targets = new(state);

    private TokenStream Tokens => state.Tokens;

    public DefineMacro ParseMacro(int line)
    {
        var name = _targets.ParseName();
        var parameters = ParseParameters();
        return new DefineMacro(ParseMacroBody(name, parameters, "endmacro"), line);
    }

    public CallBlock ParseCallBlock(int line)
    {
        var parameters = Tokens.Current.Is("(") ? ParseParameters() : [];
        if (expressions.Parse() is not Call call) throw Tokens.Error("expected a call", line);
        return new CallBlock(call, ParseMacroBody("caller", parameters, "endcall"), line);
    }

    /// <summary>A body that a loop around it cannot be left from.</summary>
    public ImmutableArray<Statement> ParseClosedBody(string end)
    {
        var wasInLoop = state.InLoop;
        state.InLoop = false;
        var body = parser.ParseInner(end);
        state.InLoop = wasInLoop;
        return body;
    }

    private Macro ParseMacroBody(string name, ImmutableArray<(string, Expression?)> parameters, string end)
    {
        var usesAround = state.Uses;
        state.Uses = MacroUses.None;
        var body = ParseClosedBody(end);
        var uses = state.Uses;
        state.Uses |= usesAround;
        return new Macro(name, parameters, body, uses);
    }

    private ImmutableArray<(string, Expression?)> ParseParameters()
    {
        Tokens.Expect("(");
        var parameters = ImmutableArray.CreateBuilder<(string Name, Expression? Default)>();
        while (!Tokens.Skip(")"))
        {
            if (parameters.Count > 0) Tokens.Expect(",");
            var (line, name) = (Tokens.Current.Line, _targets.ParseName());
            var value = Tokens.Skip("=") ? expressions.Parse() : null;
            if (value is null && parameters is [.., { Default: not null }]) throw Tokens.Error("a parameter without a default follows one with", line);
            if (name == "caller" && value is null) throw Tokens.Error("the parameter 'caller' needs a default: a call block gives it", line);
            parameters.Add((name, value));
        }

        return parameters.ToImmutable();
    }
}
