using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rollouts.Data;

/// <summary>What the Arrow library does not look at when it reads arrays: types, lengths, offsets.</summary>
internal static class ArrowArrays
{
    /// <summary>Checks that an array is of its field's type, has its rows, and that its offsets never go back nor leave its values.</summary>
    /// <remarks>Rows that overlap could make a small body fill the memory.</remarks>
    public static void Check(IArrowArray array, Field field, int rows)
    {
        if (!IsSame(array.Data.DataType, field.DataType)) throw new BodyFormatException($"column {field.Name} is of type {array.Data.DataType.Name}, not {field.DataType.Name}");
        if (array.Length != rows) throw new BodyFormatException($"column {field.Name} has {array.Length} rows, not {rows}");
        if (array.Offset != 0) throw new BodyFormatException($"column {field.Name} begins at row {array.Offset}");
        if (rows == 0) return;
        if (array is ListArray list)
        {
            CheckOffsets(list.ValueOffsets, list.Values.Length, field);
            // Items have no nulls, but for siblings that have nothing yet; their reader knows.
            if (list.Values is not StructArray && list.Values.NullCount != 0) throw new BodyFormatException($"column {field.Name} has null items");
        }

        if (array is BinaryArray binary) CheckOffsets(binary.ValueOffsets, binary.Values.Length, field);
    }

    /// <summary>One row of a column of lists, texts or bytes.</summary>
    public static ReadOnlySpan<T> Slice<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> offsets, int row) => values[offsets[row]..offsets[row + 1]];

    private static void CheckOffsets(ReadOnlySpan<int> offsets, int length, Field field)
    {
        var last = 0;
        foreach (var offset in offsets)
        {
            if (offset < last || offset > length) throw new BodyFormatException($"column {field.Name} has the offset {offset} after {last}, with {length} values");
            last = offset;
        }
    }

    private static bool IsSame(IArrowType found, IArrowType expected) => (found, expected) switch
    {
        (TimestampType f, TimestampType e) => f.Unit == e.Unit && f.Timezone == e.Timezone,
        (ListType f, ListType e) => IsSame(f.ValueDataType, e.ValueDataType),
        (StructType f, StructType e) => f.Fields.Count == e.Fields.Count,
        _ => found.TypeId == expected.TypeId,
    };
}
