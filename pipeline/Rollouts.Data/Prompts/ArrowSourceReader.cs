using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace Rollouts.Data;

/// <summary>Arrow IPC prompts, file or stream format, a record batch at a time.</summary>
internal static class ArrowSourceReader
{
    public static async IAsyncEnumerable<SourceRecord> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        using var reader = Open(path, stream);
        var row = 0L;
        while (await NextAsync(reader, path, row, cancellationToken) is { } batch)
        {
            using (batch)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    var fields = Fields(batch, i, path);
                    yield return new SourceRecord($"{path} row {row++}", RowHash.Of(RowJson.Write(fields)), fields);
                }
            }
        }
    }

    private static ArrowStreamReader Open(string path, FileStream stream)
    {
        Span<byte> magic = stackalloc byte[6];
        var isFile = stream.ReadAtLeast(magic, 6, throwOnEndOfStream: false) == 6 && magic.SequenceEqual("ARROW1"u8);
        stream.Position = 0;
        try
        {
            return isFile ? new ArrowFileReader(stream, new CompressionCodecFactory()) : new ArrowStreamReader(stream, new CompressionCodecFactory());
        }
        catch (Exception e)
        {
            throw new DataFormatException($"{path}: not a readable Arrow file: {e.Message}", e);
        }
    }

    private static async ValueTask<RecordBatch?> NextAsync(ArrowStreamReader reader, string path, long row, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextRecordBatchAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DataFormatException($"{path}: broken Arrow data after row {row}: {e.Message}", e);
        }
    }

    private static SourceField[] Fields(RecordBatch batch, int row, string path)
    {
        try
        {
            return [.. batch.Schema.FieldsList.Select((f, c) => new SourceField(f.Name, Value(batch.Column(c), row, f.Name, path)))];
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw new DataFormatException($"{path}: broken Arrow data in row {row} of a batch: {e.Message}", e);
        }
    }

    private static object? Value(IArrowArray array, int row, string column, string path)
    {
        if (array.IsNull(row)) return null;
        return array switch
        {
            Int64Array a => a.GetValue(row),
            Int32Array a => (long?)a.GetValue(row),
            Int16Array a => (long?)a.GetValue(row),
            Int8Array a => (long?)a.GetValue(row),
            UInt32Array a => (long?)a.GetValue(row),
            UInt16Array a => (long?)a.GetValue(row),
            UInt8Array a => (long?)a.GetValue(row),
            DoubleArray a => a.GetValue(row),
            FloatArray a => (double?)a.GetValue(row),
            BooleanArray a => a.GetValue(row),
            StringArray a => a.GetString(row),
            LargeStringArray a => a.GetString(row),
            StringViewArray a => a.GetString(row),
            ListArray or StructArray => new JsonText(Json(array, row, column, path)),
            _ => throw new DataFormatException($"{path}: column '{column}' has the Arrow type {array.Data.DataType.Name}; use numbers, booleans, text, lists or structs of these"),
        };
    }

    private static string Json(IArrowArray array, int row, string column, string path)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, array, row, column, path);
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void Write(Utf8JsonWriter json, IArrowArray array, int row, string column, string path)
    {
        if (array is ListArray list && !list.IsNull(row))
        {
            json.WriteStartArray();
            for (var i = list.ValueOffsets[row]; i < list.ValueOffsets[row + 1]; i++) Write(json, list.Values, i, column, path);
            json.WriteEndArray();
        }
        else if (array is StructArray fields && !fields.IsNull(row))
        {
            var type = (Apache.Arrow.Types.StructType)fields.Data.DataType;
            json.WriteStartObject();
            for (var f = 0; f < fields.Fields.Count; f++)
            {
                if (fields.Fields[f].IsNull(row)) continue;
                json.WritePropertyName(type.Fields[f].Name);
                Write(json, fields.Fields[f], row, column, path);
            }

            json.WriteEndObject();
        }
        else
        {
            RowJson.WriteValue(json, Value(array, row, column, path));
        }
    }
}
