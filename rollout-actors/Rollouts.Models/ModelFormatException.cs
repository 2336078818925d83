namespace Rollouts.Models;

/// <summary>A model folder is not what it should be. The message is one line that names file, place and remedy.</summary>
public sealed class ModelFormatException(string message, Exception? inner = null) : Exception(message, inner);
