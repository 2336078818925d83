namespace Rollouts;

/// <summary>A message body is not what it should be: malformed, cut short, too large, of another kind or version, or at odds with itself. The message is one short line.</summary>
public sealed class BodyFormatException(string message, Exception? inner = null) : Exception(Line(message), inner)
{
    private const int MaxLength = 300;

    /// <summary>It may quote what a stranger wrote.</summary>
    private static string Line(string message)
    {
        var start = message.AsSpan(0, Math.Min(message.Length, MaxLength));
        return string.Create(start.Length, start, (line, text) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(text[i]) ? ' ' : text[i];
        });
    }
}
