namespace Rollouts.Models;

/// <summary>A chat template that cannot be read or rendered, or that raised an error of its own (<c>raise_exception</c>).</summary>
public sealed class TemplateException(string message, int line, Exception? inner = null) : Exception($"chat template, line {line}: {message}", inner)
{
    /// <summary>The template's line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>What went wrong, without the line.</summary>
    public string Reason { get; } = message;
}
