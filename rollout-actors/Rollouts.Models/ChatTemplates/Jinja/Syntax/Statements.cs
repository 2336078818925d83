using System.Collections.Immutable;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What is rendered, one after the other.</summary>
/// <param name="Line">Where it stands, for errors.</param>
internal abstract record Statement(int Line);

internal sealed record Text(string Value, int Line) : Statement(Line);

/// <summary><c>{{ value }}</c></summary>
internal sealed record Output(Expression Value, int Line) : Statement(Line);

internal sealed record If(ImmutableArray<(Expression Test, ImmutableArray<Statement> Body)> Branches, ImmutableArray<Statement> Otherwise, int Line) : Statement(Line);

/// <param name="Filter">Of <c>for x in xs if filter</c>.</param>
/// <param name="Otherwise">Rendered where nothing was visited.</param>
internal sealed record For(
    Target Target, Expression Iterable, Expression? Filter, bool IsRecursive, ImmutableArray<Statement> Body, ImmutableArray<Statement> Otherwise, int Line) : Statement(Line);

internal sealed record Break(int Line) : Statement(Line);

internal sealed record Continue(int Line) : Statement(Line);

internal sealed record Set(Target Target, Expression Value, int Line) : Statement(Line);

/// <summary><c>{% set target | filters %} body {% endset %}</c></summary>
internal sealed record SetBlock(Target Target, ImmutableArray<FilterCall> Filters, ImmutableArray<Statement> Body, int Line) : Statement(Line);

internal sealed record DefineMacro(Macro Macro, int Line) : Statement(Line);

/// <summary><c>{% call(parameters) macro(arguments) %} body {% endcall %}</c>: the body is the macro's <c>caller</c>.</summary>
internal sealed record CallBlock(Call Call, Macro Caller, int Line) : Statement(Line);

internal sealed record FilterBlock(ImmutableArray<FilterCall> Filters, ImmutableArray<Statement> Body, int Line) : Statement(Line);

internal sealed record With(ImmutableArray<(Target Target, Expression Value)> Assignments, ImmutableArray<Statement> Body, int Line) : Statement(Line);

/// <summary><c>{% generation %}</c>, with which trainers mark an assistant's words: its body is rendered, with names of its own.</summary>
internal sealed record Enclosed(ImmutableArray<Statement> Body, int Line) : Statement(Line);

/// <summary>A macro, or the body of a call block.</summary>
/// <param name="Uses">Which of <c>caller</c>, <c>varargs</c> and <c>kwargs</c> its body reads: others may not be passed.</param>
internal sealed record Macro(string Name, ImmutableArray<(string Name, Expression? Default)> Parameters, ImmutableArray<Statement> Body, MacroUses Uses);

[Flags]
internal enum MacroUses
{
    None = 0,
    Caller = 1,
    RestArguments = 2,
    NamedArguments = 4,
}

/// <summary>What is assigned to.</summary>
internal abstract record Target;

internal sealed record NameTarget(string Identifier) : Target;

internal sealed record NamespaceTarget(string Namespace, string Attribute) : Target;

internal sealed record TupleTarget(ImmutableArray<Target> Items) : Target;
