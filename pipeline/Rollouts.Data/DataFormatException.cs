namespace Rollouts.Data;

/// <summary>A file is not what it should be. The message is one line that names file, place and remedy.</summary>
public sealed class DataFormatException(string message, Exception? inner = null) : Exception(message, inner);
