namespace Rollouts.Models.Jinja.Syntax;

/// <summary>A place in a template's source that moves forward and counts lines.</summary>
internal sealed class SourceReader
{
    /// <param name="source">Its line ends become \n, and one at the very end is dropped, as Jinja does.</param>
    public SourceReader(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        Source = source.EndsWith('\n') ? source[..^1] : source;
    }

    public string Source { get; }

    public int Position { get; private set; }

    public int Line { get; private set; } = 1;

    public bool AtEnd => Position >= Source.Length;

    public ReadOnlySpan<char> Rest => Source.AsSpan(Position);

    /// <summary>The character <paramref name="ahead"/> of here; NUL past the end.</summary>
    public char Peek(int ahead = 0) => Position + ahead < Source.Length ? Source[Position + ahead] : '\0';

    public bool StartsWith(string text) => Rest.StartsWith(text, StringComparison.Ordinal);

    /// <summary>Moves over characters and gives them.</summary>
    public ReadOnlySpan<char> Take(int count)
    {
        var taken = Source.AsSpan(Position, count);
        Line += taken.Count('\n');
        Position += count;
        return taken;
    }

    public void SkipSpace()
    {
        var count = 0;
        while (Position + count < Source.Length && PythonText.IsSpace(Source[Position + count])) count++;
        Take(count);
    }

    public TemplateException Error(string message) => new(message, Line);
}
