using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rollouts.Data;

/// <summary>Builds columns row by row: each value goes to the next column.</summary>
internal sealed class ColumnBuilders(IEnumerable<Field> fields)
{
    private readonly IArrowArrayBuilder[] _builders = [.. fields.Select(f => Create(f.DataType))];
    private int _column;

    public void Text(string? value)
    {
        var builder = (StringArray.Builder)Next();
        if (value is null) builder.AppendNull();
        else builder.Append(value);
    }

    public void Bytes(ReadOnlySpan<byte> values) => ((BinaryArray.Builder)Next()).Append(values);

    /// <summary>Absent where there are none.</summary>
    public void BytesOrNull(ReadOnlySpan<byte> values)
    {
        if (values.IsEmpty) ((BinaryArray.Builder)Next()).AppendNull();
        else Bytes(values);
    }

    public void Int(int value) => ((Int32Array.Builder)Next()).Append(value);

    public void Long(long? value) => ((Int64Array.Builder)Next()).Append(value);

    public void Float(float? value) => ((FloatArray.Builder)Next()).Append(value);

    public void Double(double? value) => ((DoubleArray.Builder)Next()).Append(value);

    public void Flag(bool? value)
    {
        var builder = (BooleanArray.Builder)Next();
        if (value is { } known) builder.Append(known);
        else builder.AppendNull();
    }

    public void Time(DateTimeOffset? value)
    {
        var builder = (TimestampArray.Builder)Next();
        if (value is { } known) builder.Append(known);
        else builder.AppendNull();
    }

    public void Ints(ReadOnlySpan<int> values)
    {
        var list = (ListArray.Builder)Next();
        list.Append();
        ((Int32Array.Builder)list.ValueBuilder).Append(values);
    }

    public void Versions(ReadOnlySpan<PolicyVersion> values) => Ints(MemoryMarshal.Cast<PolicyVersion, int>(values));

    public void Floats(ReadOnlySpan<float> values)
    {
        var list = (ListArray.Builder)Next();
        list.Append();
        ((FloatArray.Builder)list.ValueBuilder).Append(values);
    }

    /// <summary>A list that is absent where it has not as many values as it would have.</summary>
    public void Floats(ReadOnlySpan<float> values, int expected)
    {
        if (values.Length == expected) Floats(values);
        else ((ListArray.Builder)Next()).AppendNull();
    }

    /// <summary>A list that is absent where it has not as many values as it would have.</summary>
    public void Ints(ReadOnlySpan<int> values, int expected)
    {
        if (values.Length == expected) Ints(values);
        else ((ListArray.Builder)Next()).AppendNull();
    }

    public void Mask(int count)
    {
        var list = (ListArray.Builder)Next();
        list.Append();
        var values = (Int8Array.Builder)list.ValueBuilder;
        for (var i = 0; i < count; i++) values.Append(1);
    }

    /// <summary>The source's own columns.</summary>
    public void Source(SourceRow row, SourceSchema columns)
    {
        for (var i = 0; i < columns.Columns.Length; i++)
        {
            var value = row.Values.Length == 0 ? null : row.Values[i];
            switch (columns.Columns[i].Type)
            {
                case SourceType.Int64: Long((long?)value); break;
                case SourceType.Double: Double((double?)value); break;
                case SourceType.Boolean: Flag((bool?)value); break;
                default: Text((string?)value); break;
            }
        }
    }

    /// <summary>Ends the row.</summary>
    public void EndRow()
    {
        if (_column != _builders.Length) throw new InvalidOperationException($"A row ended at column {_column} of {_builders.Length}.");
        _column = 0;
    }

    public IArrowArray[] Build() => [.. _builders.Select(Finish)];

    private IArrowArrayBuilder Next() => _builders[_column++];

    private static IArrowArrayBuilder Create(IArrowType type) => type switch
    {
        StringType => new StringArray.Builder(),
        BinaryType => new BinaryArray.Builder(),
        Int32Type => new Int32Array.Builder(),
        Int64Type => new Int64Array.Builder(),
        FloatType => new FloatArray.Builder(),
        DoubleType => new DoubleArray.Builder(),
        BooleanType => new BooleanArray.Builder(),
        TimestampType timestamp => new TimestampArray.Builder(timestamp),
        ListType list => new ListArray.Builder(list.ValueField),
        _ => throw new NotSupportedException($"No builder for {type.Name}."),
    };

    private static IArrowArray Finish(IArrowArrayBuilder builder) => builder switch
    {
        StringArray.Builder b => b.Build(),
        BinaryArray.Builder b => b.Build(),
        Int32Array.Builder b => b.Build(),
        Int64Array.Builder b => b.Build(),
        FloatArray.Builder b => b.Build(),
        DoubleArray.Builder b => b.Build(),
        BooleanArray.Builder b => b.Build(),
        TimestampArray.Builder b => b.Build(),
        ListArray.Builder b => b.Build(),
        _ => throw new NotSupportedException(),
    };
}
