using System.IO.Compression;
using Apache.Arrow;
using Apache.Arrow.Types;
using Parquet;
using Parquet.Schema;
using Field = Parquet.Schema.Field;

namespace Rollouts.Data;

/// <summary>Writes a record batch as one Parquet file of one row group.</summary>
internal static class ParquetFile
{
    public static async Task WriteAsync(RecordBatch batch, Stream to, CancellationToken cancellationToken)
    {
        var schema = new ParquetSchema([.. batch.Schema.FieldsList.Select(ToParquet)]);
        await using (var writer = await ParquetWriter.CreateAsync(schema, to, Options(batch.Schema, schema), cancellationToken: cancellationToken))
        {
            writer.CustomMetadata = new Dictionary<string, string>(batch.Schema.Metadata) { [HuggingFaceFeatures.Key] = HuggingFaceFeatures.Of(batch.Schema) };
            using var rows = writer.CreateRowGroup();
            var leaves = schema.GetDataFields();
            for (var i = 0; i < leaves.Length; i++) await ParquetColumn.WriteAsync(rows, leaves[i], batch.Column(i), cancellationToken);
            rows.CompleteValidate();
        }
    }

    // Zstd at Parquet.Net 6.1's default level (smallest) writes 1 to 2 MB/s; at Fastest 281 (aloneguid/parquet-dotnet#765).
    private static ParquetOptions Options(Schema arrow, ParquetSchema schema)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };
        var leaves = schema.GetDataFields();
        for (var i = 0; i < leaves.Length; i++)
        {
            options.ColumnEncodingHints[leaves[i].Path.ToString()] = arrow.GetFieldByIndex(i).DataType switch
            {
                ListType { ValueDataType: Int32Type } => EncodingHint.DeltaBinaryPacked,
                ListType { ValueDataType: FloatType } => EncodingHint.ByteSplitStream,
                _ => EncodingHint.Default,
            };
        }

        return options;
    }

    private static Field ToParquet(Apache.Arrow.Field field) => field.DataType switch
    {
        StringType => new DataField(field.Name, typeof(string), field.IsNullable),
        BinaryType => new DataField(field.Name, typeof(byte[]), field.IsNullable),
        Int32Type => new DataField(field.Name, typeof(int), field.IsNullable),
        Int64Type => new DataField(field.Name, typeof(long), field.IsNullable),
        FloatType => new DataField(field.Name, typeof(float), field.IsNullable),
        DoubleType => new DataField(field.Name, typeof(double), field.IsNullable),
        BooleanType => new DataField(field.Name, typeof(bool), field.IsNullable),
        TimestampType => new DateTimeDataField(field.Name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Micros, field.IsNullable),
        ListType list => new ListField(field.Name, new DataField("element", ElementType(list), isNullable: false)),
        _ => throw new NotSupportedException($"No Parquet type for {field.DataType.Name}."),
    };

    private static Type ElementType(ListType list) => list.ValueDataType switch
    {
        Int32Type => typeof(int),
        FloatType => typeof(float),
        Int8Type => typeof(sbyte),
        _ => throw new NotSupportedException($"No Parquet type for a list of {list.ValueDataType.Name}."),
    };
}
