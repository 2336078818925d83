namespace Rollouts.Data;

/// <summary>JSON text: a nested value of a source row.</summary>
internal readonly record struct JsonText(string Value);

/// <summary>A field of a source row: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>, <see cref="JsonText"/> or null.</summary>
internal readonly record struct SourceField(string Name, object? Value);

/// <summary>One row as a reader found it.</summary>
/// <param name="Location">File and line or row, for messages.</param>
/// <param name="Hash">First 8 bytes of SHA-256 of the line, or of the row as JSON, in hex.</param>
/// <param name="Fields">In the row's order; empty where the row has a fault.</param>
/// <param name="Fault">Why the row cannot be read; null where it can.</param>
internal sealed record SourceRecord(string Location, string Hash, IReadOnlyList<SourceField> Fields, string? Fault = null)
{
    /// <summary>The value of a field, or null.</summary>
    public object? this[string name]
    {
        get
        {
            foreach (var field in Fields)
                if (field.Name == name) return field.Value;
            return null;
        }
    }
}
