namespace Rollouts;

/// <summary>The type of a source column. Anything mixed, nested or beyond these travels as JSON text.</summary>
public enum SourceType
{
    /// <summary>64-bit integers.</summary>
    Int64,

    /// <summary>64-bit floating point.</summary>
    Double,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>Text.</summary>
    String,

    /// <summary>JSON text.</summary>
    Json,
}

/// <summary>A column of the prompt source; it passes through to the output under its own name.</summary>
public sealed record SourceColumn(string Name, SourceType Type);
