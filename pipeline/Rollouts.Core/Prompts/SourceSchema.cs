using System.Collections.Immutable;

namespace Rollouts;

/// <summary>The columns of a prompt source, fixed when a run starts.</summary>
public sealed class SourceSchema(ImmutableArray<SourceColumn> columns)
{
    private readonly Dictionary<string, int> _index = columns.Select((c, i) => (c.Name, i)).ToDictionary(x => x.Name, x => x.i, StringComparer.Ordinal);

    /// <summary>A source without columns.</summary>
    public static SourceSchema Empty { get; } = new([]);

    /// <summary>The columns in the order of their first appearance.</summary>
    public ImmutableArray<SourceColumn> Columns { get; } = columns;

    /// <summary>The position of a column, or -1.</summary>
    public int IndexOf(string name) => _index.TryGetValue(name, out var i) ? i : -1;
}
