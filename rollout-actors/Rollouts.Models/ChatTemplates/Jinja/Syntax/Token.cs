using Rollouts.Models.Jinja.Values;

namespace Rollouts.Models.Jinja.Syntax;

internal enum TokenKind
{
    /// <summary>Text between tags.</summary>
    Data,

    /// <summary><c>{{</c></summary>
    OutputBegin,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    TagBegin,

    /// <summary><c>%}</c></summary>
    TagEnd,

    Name,

    /// <summary>A string, an integer or a float.</summary>
    Constant,

    /// <summary>Anything else inside of a tag.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Text">As it is written; of data, what is left after whitespace control.</param>
/// <param name="Line">From 1.</param>
/// <param name="Value">Of a constant.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, Value? Value = null)
{
    /// <summary>The token in an error message.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "end of template",
        TokenKind.OutputEnd => "end of print statement",
        TokenKind.TagEnd => "end of statement block",
        TokenKind.OutputBegin => "begin of print statement",
        TokenKind.TagBegin => "begin of statement block",
        _ => Text,
    };

    public bool Is(string symbol) => Kind == TokenKind.Operator && Text == symbol;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;
}
