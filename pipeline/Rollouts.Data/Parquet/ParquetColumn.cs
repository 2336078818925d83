using System.Text;
using Apache.Arrow;
using Parquet;
using Parquet.Schema;

namespace Rollouts.Data;

/// <summary>Hands one Arrow column to Parquet.Net: values without nulls, with definition and repetition levels beside them.</summary>
internal static class ParquetColumn
{
    public static Task WriteAsync(ParquetRowGroupWriter rows, DataField leaf, IArrowArray column, CancellationToken cancellationToken) => column switch
    {
        ListArray { Values: Int32Array values } list => WriteListAsync<int>(rows, leaf, list, values, cancellationToken),
        ListArray { Values: FloatArray values } list => WriteListAsync<float>(rows, leaf, list, values, cancellationToken),
        ListArray { Values: Int8Array values } list => WriteListAsync<sbyte>(rows, leaf, list, values, cancellationToken),
        StringArray strings => WriteTextAsync(rows, leaf, strings, cancellationToken),
        BinaryArray bytes => WriteBytesAsync(rows, leaf, bytes, cancellationToken),
        BooleanArray flags => WriteAsync(rows, leaf, flags, i => flags.GetValue(i)!.Value, cancellationToken),
        TimestampArray times => WriteAsync(rows, leaf, times, i => times.GetTimestampUnchecked(i).UtcDateTime, cancellationToken),
        Int32Array a => WriteAsync(rows, leaf, a, i => a.Values[i], cancellationToken),
        Int64Array a => WriteAsync(rows, leaf, a, i => a.Values[i], cancellationToken),
        FloatArray a => WriteAsync(rows, leaf, a, i => a.Values[i], cancellationToken),
        DoubleArray a => WriteAsync(rows, leaf, a, i => a.Values[i], cancellationToken),
        _ => throw new NotSupportedException($"No Parquet column for {column.Data.DataType.Name}."),
    };

    private static Task WriteAsync<T>(ParquetRowGroupWriter rows, DataField leaf, IArrowArray column, Func<int, T> value, CancellationToken cancellationToken)
        where T : struct
    {
        var values = new T[column.Length - column.NullCount];
        for (int i = 0, v = 0; i < column.Length; i++)
            if (column.IsValid(i)) values[v++] = value(i);
        return rows.WriteAllPartsAsync<T>(leaf, values, Definitions(leaf, column), null, cancellationToken);
    }

    private static Task WriteTextAsync(ParquetRowGroupWriter rows, DataField leaf, StringArray column, CancellationToken cancellationToken)
    {
        // One buffer of characters for the whole column; each value is a slice of it.
        var characters = new char[column.Values.Length];
        var values = new ReadOnlyMemory<char>[column.Length - column.NullCount];
        for (int i = 0, v = 0, at = 0; i < column.Length; i++)
        {
            if (column.IsNull(i)) continue;
            var length = Encoding.UTF8.GetChars(column.GetBytes(i), characters.AsSpan(at));
            values[v++] = characters.AsMemory(at, length);
            at += length;
        }

        return rows.WriteAllPartsAsync<ReadOnlyMemory<char>>(leaf, values, Definitions(leaf, column), null, cancellationToken);
    }

    private static Task WriteBytesAsync(ParquetRowGroupWriter rows, DataField leaf, BinaryArray column, CancellationToken cancellationToken)
    {
        var values = new ReadOnlyMemory<byte>[column.Length - column.NullCount];
        for (int i = 0, v = 0; i < column.Length; i++)
            if (column.IsValid(i)) values[v++] = column.GetBytes(i).ToArray();
        return rows.WriteAllPartsAsync<ReadOnlyMemory<byte>>(leaf, values, Definitions(leaf, column), null, cancellationToken);
    }

    private static ReadOnlyMemory<int>? Definitions(DataField leaf, IArrowArray column)
    {
        if (!leaf.IsNullable) return null;
        var levels = new int[column.Length];
        for (var i = 0; i < levels.Length; i++) levels[i] = column.IsValid(i) ? 1 : 0;
        return levels;
    }

    private static Task WriteListAsync<T>(ParquetRowGroupWriter rows, DataField leaf, ListArray list, PrimitiveArray<T> items, CancellationToken cancellationToken)
        where T : struct, IEquatable<T>
    {
        var offsets = list.ValueOffsets;
        var entries = 0;
        for (var row = 0; row < list.Length; row++) entries += Math.Max(1, offsets[row + 1] - offsets[row]);

        var definitions = new int[entries];
        var repetitions = new int[entries];
        for (int row = 0, at = 0; row < list.Length; row++)
        {
            var length = offsets[row + 1] - offsets[row];
            // A list without elements has one entry, which stops one level short of an element, an absent one two levels.
            var depth = list.IsNull(row) ? 2 : length == 0 ? 1 : 0;
            definitions.AsSpan(at, Math.Max(1, length)).Fill(leaf.MaxDefinitionLevel - depth);
            if (length > 1) repetitions.AsSpan(at + 1, length - 1).Fill(1);
            at += Math.Max(1, length);
        }

        var values = items.Values[offsets[0]..offsets[list.Length]].ToArray();
        return rows.WriteAllPartsAsync<T>(leaf, values, definitions, repetitions, cancellationToken);
    }
}
