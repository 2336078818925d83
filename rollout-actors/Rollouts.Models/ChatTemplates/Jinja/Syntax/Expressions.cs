using System.Collections.Immutable;
using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What has a value.</summary>
/// <param name="Line">Where it stands, for errors.</param>
internal abstract record Expression(int Line);

internal sealed record Constant(Value Value, int Line) : Expression(Line);

internal sealed record Name(string Identifier, int Line) : Expression(Line);

internal sealed record ListLiteral(ImmutableArray<Expression> Items, int Line) : Expression(Line);

internal sealed record TupleLiteral(ImmutableArray<Expression> Items, int Line) : Expression(Line);

internal sealed record DictLiteral(ImmutableArray<(Expression Key, Expression Value)> Entries, int Line) : Expression(Line);

/// <summary><c>then if test else otherwise</c>; without <c>else</c> the value may be undefined.</summary>
internal sealed record Conditional(Expression Test, Expression Then, Expression? Otherwise, int Line) : Expression(Line);

internal sealed record And(Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record Or(Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record Not(Expression Operand, int Line) : Expression(Line);

internal sealed record Sign(bool Negative, Expression Operand, int Line) : Expression(Line);

internal sealed record Binary(string Operator, Expression Left, Expression Right, int Line) : Expression(Line);

/// <summary><c>a ~ b ~ c</c>: the texts of all, one after the other.</summary>
internal sealed record Concatenation(ImmutableArray<Expression> Parts, int Line) : Expression(Line);

/// <summary><c>a &lt; b &lt;= c</c>: true where each neighbour compares so.</summary>
internal sealed record Comparison(Expression First, ImmutableArray<(string Operator, Expression Operand)> Rest, int Line) : Expression(Line);

internal sealed record GetAttribute(Expression Object, string Attribute, int Line) : Expression(Line);

internal sealed record GetItem(Expression Object, Expression Key, int Line) : Expression(Line);

/// <summary><c>[start:stop:step]</c>.</summary>
internal sealed record GetSlice(Expression Object, Expression? Start, Expression? Stop, Expression? Step, int Line) : Expression(Line);

internal sealed record Call(Expression Callee, ArgumentList Arguments, int Line) : Expression(Line);

/// <summary><c>subject | name(arguments)</c></summary>
internal sealed record Filtered(Expression Subject, FilterCall Filter, int Line) : Expression(Line);

/// <summary><c>subject is name(arguments)</c></summary>
internal sealed record Tested(Expression Subject, string Test, ArgumentList Arguments, int Line) : Expression(Line);

/// <summary>A filter and what it is given besides its subject.</summary>
internal sealed record FilterCall(string Name, ArgumentList Arguments, int Line);

/// <summary>The arguments of a call, as written.</summary>
/// <param name="Rest">Of <c>*rest</c>.</param>
/// <param name="Named">Of <c>**named</c>.</param>
internal sealed record ArgumentList(ImmutableArray<Expression> Positional, ImmutableArray<(string Name, Expression Value)> Keywords, Expression? Rest, Expression? Named)
{
    public static ArgumentList Empty { get; } = new([], [], null, null);
}
