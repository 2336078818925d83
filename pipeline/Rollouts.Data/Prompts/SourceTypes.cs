using System.Collections.Immutable;
using System.Text.Json;

namespace Rollouts.Data;

/// <summary>Infers the types of source columns in one pass, and brings values to them.</summary>
internal sealed class SourceTypes
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, SourceType?> _types = new(StringComparer.Ordinal);

    /// <summary>Looks at one row.</summary>
    public void Observe(SourceRecord record)
    {
        foreach (var (name, value) in record.Fields)
        {
            if (!_types.TryGetValue(name, out var known)) _names.Add(name);
            _types[name] = value is null ? known : Join(known, TypeOf(value));
        }
    }

    /// <summary>The columns, in the order of their first appearance. A column that never had a value is text.</summary>
    public SourceSchema ToSchema() => new([.. _names.Select(n => new SourceColumn(n, _types[n] ?? SourceType.String))]);

    /// <summary>Brings a record to a schema. Gives a fault where a value does not fit: that happens only to rows added after the types were fixed.</summary>
    public static (SourceRow Row, string? Fault) Bind(SourceRecord record, SourceSchema schema)
    {
        var values = new object?[schema.Columns.Length];
        string? fault = null;
        foreach (var (name, value) in record.Fields)
        {
            var i = schema.IndexOf(name);
            if (i < 0) fault ??= $"column '{name}' was not in the prompts when this output folder was begun; use --fresh";
            else if (!TryConvert(value, schema.Columns[i].Type, out values[i]))
                fault ??= $"column '{name}' is {schema.Columns[i].Type} in this output folder, but the row has {value}; use --fresh";
        }

        return (new SourceRow(schema, ImmutableArray.Create(values)), fault);
    }

    private static SourceType TypeOf(object value) => value switch
    {
        long => SourceType.Int64,
        double => SourceType.Double,
        bool => SourceType.Boolean,
        string => SourceType.String,
        _ => SourceType.Json,
    };

    private static SourceType Join(SourceType? known, SourceType seen) => (known, seen) switch
    {
        (null, _) => seen,
        var (a, b) when a == b => seen,
        (SourceType.Int64, SourceType.Double) or (SourceType.Double, SourceType.Int64) => SourceType.Double,
        _ => SourceType.Json,
    };

    private static bool TryConvert(object? value, SourceType type, out object? converted)
    {
        converted = (type, value) switch
        {
            (_, null) => null,
            (SourceType.Double, long integer) => (double)integer,
            (SourceType.Json, JsonText text) => text.Value,
            (SourceType.Json, string text) => JsonSerializer.Serialize(text),
            (SourceType.Json, bool flag) => flag ? "true" : "false",
            (SourceType.Json, _) => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
            _ when TypeOf(value) == type => value,
            _ => null,
        };
        return converted is not null || value is null;
    }
}
