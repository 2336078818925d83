using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Rollouts.Data;

/// <summary>Parquet prompts, a row group at a time. Columns may be numbers, booleans, text, or lists of these.</summary>
internal static class ParquetSourceReader
{
    public static async IAsyncEnumerable<SourceRecord> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await OpenAsync(path, cancellationToken);
        var row = 0L;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            var columns = await ReadGroupAsync(reader, group, path, cancellationToken);
            var rows = columns.Count == 0 ? 0 : columns[0].Values.Length;
            for (var i = 0; i < rows; i++)
            {
                SourceField[] fields = [.. columns.Select(c => new SourceField(c.Name, c.Values[i]))];
                yield return new SourceRecord($"{path} row {row++}", RowHash.Of(RowJson.Write(fields)), fields);
            }
        }
    }

    private static async Task<ParquetReader> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await ParquetReader.CreateAsync(path, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DataFormatException($"{path}: not a readable Parquet file: {e.Message}", e);
        }
    }

    private static async Task<List<(string Name, object?[] Values)>> ReadGroupAsync(ParquetReader reader, int group, string path, CancellationToken cancellationToken)
    {
        var columns = new List<(string, object?[])>();
        using var rows = reader.OpenRowGroupReader(group);
        foreach (var field in reader.Schema.Fields)
        {
            var leaf = field switch
            {
                DataField data => data,
                ListField { Item: DataField item } => item,
                _ => throw new DataFormatException($"{path}: column '{field.Name}' is a {field.SchemaType.ToString().ToLowerInvariant()}; convert nested columns to JSON text or use JSON Lines"),
            };
            try
            {
                using var raw = await rows.ReadRawColumnDataBaseAsync(leaf, cancellationToken);
                columns.Add((field.Name, Rows(raw, leaf, checked((int)rows.RowCount), isList: field is ListField || leaf.IsArray)));
            }
            catch (Exception e) when (e is not OperationCanceledException and not DataFormatException)
            {
                throw new DataFormatException($"{path}: row group {group}, column '{field.Name}' cannot be read: {e.Message}", e);
            }
        }

        return columns;
    }

    private static object?[] Rows(RawColumnData raw, DataField leaf, int numRows, bool isList)
    {
        var values = Values(raw);
        var result = new object?[numRows];
        if (!isList)
        {
            for (int i = 0, v = 0; i < numRows; i++)
                result[i] = leaf.MaxDefinitionLevel == 0 || raw.DefinitionLevels[i] == leaf.MaxDefinitionLevel ? values[v++] : null;
            return result;
        }

        // A row starts where the repetition level is 0; an element is there where the definition level is the deepest.
        for (int i = 0, v = 0, row = -1; i < raw.RepetitionLevels.Length;)
        {
            row++;
            var items = new List<object?>();
            var isNull = raw.DefinitionLevels[i] == 0;
            do
            {
                if (raw.DefinitionLevels[i] == leaf.MaxDefinitionLevel) items.Add(values[v++]);
                else if (leaf.IsNullable && raw.DefinitionLevels[i] == leaf.MaxDefinitionLevel - 1) items.Add(null);
                i++;
            }
            while (i < raw.RepetitionLevels.Length && raw.RepetitionLevels[i] != 0);
            result[row] = isNull ? null : ListJson(items);
        }

        return result;
    }

    private static JsonText ListJson(List<object?> items)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var item in items) RowJson.WriteValue(json, item);
            json.WriteEndArray();
        }

        return new JsonText(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static object?[] Values(RawColumnData raw) => raw switch
    {
        RawColumnData<int> c => Box(c.Values, v => (long)v),
        RawColumnData<long> c => Box(c.Values, v => v),
        RawColumnData<short> c => Box(c.Values, v => (long)v),
        RawColumnData<sbyte> c => Box(c.Values, v => (long)v),
        RawColumnData<byte> c => Box(c.Values, v => (long)v),
        RawColumnData<ushort> c => Box(c.Values, v => (long)v),
        RawColumnData<uint> c => Box(c.Values, v => (long)v),
        RawColumnData<float> c => Box(c.Values, v => (double)v),
        RawColumnData<double> c => Box(c.Values, v => v),
        RawColumnData<bool> c => Box(c.Values, v => v),
        RawColumnData<ReadOnlyMemory<char>> c => Box(c.Values, v => v.ToString()),
        RawColumnData<ReadOnlyMemory<byte>> c => Box(c.Values, v => Convert.ToBase64String(v.Span)),
        RawColumnData<DateTime> c => Box(c.Values, v => v.ToString("O", System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new DataFormatException($"values of type {raw.GetType().GenericTypeArguments.FirstOrDefault()?.Name} are not supported"),
    };

    private static object?[] Box<T>(ReadOnlySpan<T> values, Func<T, object> box)
    {
        var boxed = new object?[values.Length];
        for (var i = 0; i < values.Length; i++) boxed[i] = box(values[i]);
        return boxed;
    }
}
