namespace Rollouts;

/// <summary>A message body is not what it should be: malformed, cut short, too large, of another kind or version, or at odds with itself. The message is one line.</summary>
public sealed class BodyFormatException(string message, Exception? inner = null) : Exception(message, inner);
