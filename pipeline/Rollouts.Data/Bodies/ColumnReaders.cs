using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;

namespace Rollouts.Data;

/// <summary>Reads columns row by row: each value comes from the next column, in the order in which <see cref="ColumnBuilders"/> took them. The arrays are not trusted.</summary>
internal sealed class ColumnReaders
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IReadOnlyList<IArrowArray> _columns;
    private readonly IReadOnlyList<Field> _fields;
    private int _row;
    private int _column;

    public ColumnReaders(IReadOnlyList<IArrowArray> columns, IReadOnlyList<Field> fields, int rows)
    {
        (_columns, _fields) = (columns, fields);
        for (var i = 0; i < fields.Count; i++) ArrowArrays.Check(columns[i], fields[i], rows);
    }

    /// <summary>Goes to the first column of a row.</summary>
    public ColumnReaders Row(int row)
    {
        (_row, _column) = (row, 0);
        return this;
    }

    public string Text() => TextOrNull() ?? throw IsNull();

    public string? TextOrNull() => Next() is StringArray a && a.IsValid(_row) ? StrictUtf8.GetString(ArrowArrays.Slice(a.Values, a.ValueOffsets, _row)) : null;

    public T Word<T>() where T : struct, Enum => WordOrNull<T>() ?? throw IsNull();

    public T? WordOrNull<T>() where T : struct, Enum
    {
        if (TextOrNull() is not { } word) return null;
        return Words<T>.TryRead(word, out var value) ? value : throw new BodyFormatException($"{Here} is '{word}'; it must be one of {Words<T>.All}");
    }

    public int Int() => Valid<Int32Array>().Values[_row];

    public float Float() => Valid<FloatArray>().Values[_row];

    public DateTimeOffset? Time() => Next() is TimestampArray a && a.IsValid(_row) ? DateTimeOffset.UnixEpoch.AddTicks(a.Values[_row] / TimeSpan.NanosecondsPerTick) : null;

    public ImmutableArray<int> Ints() => [.. IntSpan()];

    public ImmutableArray<PolicyVersion> Versions() => [.. MemoryMarshal.Cast<int, PolicyVersion>(IntSpan())];

    public ImmutableArray<float> Floats() => Valid<ListArray>() is var list ? [.. ArrowArrays.Slice(((FloatArray)list.Values).Values, list.ValueOffsets, _row)] : [];

    public ImmutableArray<byte> Bytes() => Valid<BinaryArray>() is var a ? [.. ArrowArrays.Slice(a.Values, a.ValueOffsets, _row)] : [];

    /// <summary>The items of a list of structs; there is one row, so they are all.</summary>
    public StructArray Items()
    {
        var list = Valid<ListArray>();
        var items = (StructArray)list.Values;
        var (start, end) = (list.ValueOffsets[_row], list.ValueOffsets[_row + 1]);
        return start == 0 && end == items.Length ? items : throw new BodyFormatException($"{Here} takes {start} to {end} of {items.Length} items; it must take all");
    }

    private ReadOnlySpan<int> IntSpan() => Valid<ListArray>() is var list ? ArrowArrays.Slice(((Int32Array)list.Values).Values, list.ValueOffsets, _row) : [];

    private IArrowArray Next() => _columns[_column++];

    private T Valid<T>() where T : class, IArrowArray => Next() is T array && array.IsValid(_row) ? array : throw IsNull();

    private BodyFormatException IsNull() => new($"{Here} is null");

    private string Here => $"column {_fields[_column - 1].Name}, item {_row},";
}
