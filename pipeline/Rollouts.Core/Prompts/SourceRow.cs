using System.Collections.Immutable;

namespace Rollouts;

/// <summary>One row of a prompt source.</summary>
/// <param name="Schema">The columns.</param>
/// <param name="Values">One value a column: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/> (text or JSON), or null where the row has none.</param>
public sealed record SourceRow(SourceSchema Schema, ImmutableArray<object?> Values)
{
    /// <summary>A row without columns.</summary>
    public static SourceRow Empty { get; } = new(SourceSchema.Empty, []);

    /// <summary>The value of a column, or null where the source has no such column or the row no such value.</summary>
    public object? this[string column] => Schema.IndexOf(column) is var i and >= 0 ? Values[i] : null;

    /// <inheritdoc/>
    public override string ToString() => $"row of {Values.Length} columns";
}
