using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Rollouts.Data;

/// <summary>One row as an Arrow IPC stream.</summary>
internal static class BodyStream
{
    /// <summary>The row's columns, of which the last is a list that takes all of <paramref name="items"/>.</summary>
    public static ReadOnlyMemory<byte> Write(Schema schema, ColumnBuilders row, IArrowArray items)
    {
        var offsets = new ArrowBuffer.Builder<int>(2).Append(0).Append(items.Length).Build();
        var list = new ListArray(schema.FieldsList[^1].DataType, 1, offsets, items, ArrowBuffer.Empty);
        using var batch = new RecordBatch(schema, [.. row.Build(), list], 1);
        var bytes = batch.Arrays.Sum(a => BytesOf(a.Data));
        if (bytes > 1 << 30) throw new BodyFormatException($"the group has {bytes} bytes, more than any body");
        var stream = new MemoryStream((8 << 10) + (int)bytes);
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    /// <summary>The row of a body, its last column checked as the others; <paramref name="read"/> copies what it keeps.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> body, Schema schema, Func<ColumnReaders, T> read)
    {
        try
        {
            BodyGuard.Check(body.Span, schema);
            using var reader = new ArrowStreamReader(body);
            using var batch = reader.ReadNextRecordBatch();
            if (batch.Length != 1) throw new BodyFormatException($"the body has {batch.Length} rows; it must have one");
            return read(new ColumnReaders([.. batch.Arrays], schema.FieldsList, 1).Row(0));
        }
        catch (Exception e) when (e is not (BodyFormatException or OutOfMemoryException))
        {
            // The Arrow library answers malformed bytes with whatever its indexing throws.
            throw new BodyFormatException($"the body is broken: {e.Message}", e);
        }
    }

    /// <summary>So that the stream need not grow; what frames the buffers fits into the rest, mostly.</summary>
    private static long BytesOf(ArrayData data) => data.Buffers.Sum(b => (long)b.Length) + (data.Children?.Sum(BytesOf) ?? 0);
}
