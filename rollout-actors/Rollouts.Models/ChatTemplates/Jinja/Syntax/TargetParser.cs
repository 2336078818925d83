using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What is assigned to: a name, <c>namespace.name</c>, or several with commas between them.</summary>
internal sealed class TargetParser(ParserState state)
{
    private TokenStream Tokens => state.Tokens;

    /// <summary>The target of <c>set</c>.</summary>
    public Target ParseOfSet()
    {
        if (Tokens.Current.Kind != TokenKind.Name || !Tokens.Ahead.Is(".")) return Parse();
        var name = Tokens.ExpectName();
        Tokens.Expect(".");
        return new NamespaceTarget(name, Tokens.ExpectName());
    }

    /// <summary>One name, or a tuple of targets, with or without parentheses.</summary>
    public Target Parse()
    {
        var items = ImmutableArray.CreateBuilder<Target>();
        var isTuple = false;
        do
        {
            if (!BeginsTarget(first: items.Count == 0)) break;
            items.Add(ParseSingle());
            isTuple |= Tokens.Current.Is(",");
        }
        while (Tokens.Skip(","));
        if (items.Count == 0) throw Tokens.Error($"expected a name to assign to, got '{Tokens.Current.Description}'");
        return isTuple ? new TupleTarget(items.ToImmutable()) : items[0];
    }

    /// <summary>One name.</summary>
    public string ParseName()
    {
        var token = Tokens.Expect(TokenKind.Name, "a name");
        if (token.Text is "true" or "True" or "false" or "False" or "none" or "None") throw Tokens.Error($"cannot assign to {token.Text}", token.Line);
        return token.Text;
    }

    // A loop's "in" ends a tuple that has a trailing comma; as the first token it is a name like others.
    private bool BeginsTarget(bool first) =>
        Tokens.Current.Is("(") || Tokens.Current.Kind == TokenKind.Constant || (Tokens.Current.Kind == TokenKind.Name && (first || !Tokens.Current.IsName("in")));

    private Target ParseSingle()
    {
        if (Tokens.Current.Kind == TokenKind.Constant) throw Tokens.Error($"cannot assign to {Tokens.Current.Description}");
        if (!Tokens.Skip("(")) return new NameTarget(ParseName());
        var inner = state.Nested(Parse);
        Tokens.Expect(")");
        return inner;
    }
}
