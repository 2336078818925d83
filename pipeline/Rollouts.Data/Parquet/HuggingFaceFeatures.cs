using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rollouts.Data;

/// <summary>The footer entry <c>huggingface</c>, from which the datasets library takes the columns' types (datasets:src/datasets/features/features.py).</summary>
internal static class HuggingFaceFeatures
{
    public const string Key = "huggingface";

    public static string Of(Schema schema)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("info");
            json.WriteStartObject("features");
            foreach (var field in schema.FieldsList)
            {
                json.WriteStartObject(field.Name);
                if (field.DataType is ListType list)
                {
                    json.WriteStartObject("feature");
                    WriteValue(json, list.ValueDataType);
                    json.WriteEndObject();
                    json.WriteString("_type", "List");
                }
                else
                {
                    WriteValue(json, field.DataType);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteValue(Utf8JsonWriter json, IArrowType type)
    {
        json.WriteString("dtype", type switch
        {
            StringType => "string",
            BinaryType => "binary",
            Int8Type => "int8",
            Int32Type => "int32",
            Int64Type => "int64",
            FloatType => "float32",
            DoubleType => "float64",
            BooleanType => "bool",
            TimestampType => "timestamp[us, tz=UTC]",
            _ => throw new NotSupportedException($"No Hugging Face dtype for {type.Name}."),
        });
        json.WriteString("_type", "Value");
    }
}
