using System.Runtime.CompilerServices;

namespace Rollouts.Models.Jinja.Syntax;

/// <summary>What the parsers of statements and of expressions share: the tokens, how deep they are, and what surrounds the current place.</summary>
internal sealed class ParserState(TokenStream tokens)
{
    /// <summary>Brackets, operators and blocks inside of each other; the parser and the evaluator recurse as deep.</summary>
    private const int MaxNesting = 150;

    private int _nesting;

    public TokenStream Tokens { get; } = tokens;

    /// <summary>Whether <c>break</c> and <c>continue</c> have a loop here.</summary>
    public bool InLoop { get; set; }

    /// <summary>Whether this place is inside of an <c>if</c>.</summary>
    public bool IsConditional { get; set; }

    /// <summary>Filters and tests that do not exist, where they are sure to be reached; elsewhere they are an error of the rendering, not of the template.</summary>
    public List<(string What, int Line)> UnknownNames { get; } = [];

    /// <summary>The names with a meaning that the macro around this place has read so far.</summary>
    public MacroUses Uses { get; set; }

    /// <summary>Parses something that may contain itself.</summary>
    /// <exception cref="TemplateException">It is nested too deeply.</exception>
    public T Nested<T>(Func<T> parse)
    {
        if (++_nesting > MaxNesting) throw Tokens.Error($"nested more than {MaxNesting} deep");
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var parsed = parse();
        _nesting--;
        return parsed;
    }

    /// <summary>Notes that a filter or test does not exist.</summary>
    public void Unknown(string what, int line)
    {
        if (!IsConditional) UnknownNames.Add((what, line));
    }

    /// <summary>Notes that a name is read.</summary>
    public void Read(string name) => Uses |= name switch
    {
        "caller" => MacroUses.Caller,
        "varargs" => MacroUses.RestArguments,
        "kwargs" => MacroUses.NamedArguments,
        _ => MacroUses.None,
    };
}
