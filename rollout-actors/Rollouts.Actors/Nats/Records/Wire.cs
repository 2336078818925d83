using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rollouts.Actors.Nats;

/// <summary>Control messages and records as JSON, UTF-8, names in snake_case. What cannot be read is null: it came over a network.</summary>
public static class Wire
{
    /// <summary>The largest that is looked at.</summary>
    private const int MaxBytes = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 8,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The JSON schema of a message: what <c>docs/control.schema.json</c> is made of.</summary>
    public static JsonNode Schema<T>() => Options.GetJsonSchemaAsNode(typeof(T), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });

    /// <summary>A message's bytes.</summary>
    public static byte[] Encode<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, Options);

    /// <summary>A message; null where the bytes are none.</summary>
    public static T? Decode<T>(ReadOnlySpan<byte> bytes)
        where T : class
    {
        if (bytes.Length is 0 or > MaxBytes) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }
}
