using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rollouts.Recipes;

/// <summary>The JSON schema of recipes, made from the records that read them, so that editors and reader agree.</summary>
public static class RecipeSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as it is kept in <c>recipes/schema/recipe.schema.json</c>.</summary>
    public static string ToJson()
    {
        var schema = Section(typeof(Recipe));
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "Rollouts recipe");
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Section(Type type)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var (key, property) in Names.Keys(type))
        {
            properties[key] = Property(property);
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null) required.Add(key);
        }

        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["required"] = required, ["properties"] = properties };
    }

    private static JsonObject Property(PropertyInfo property)
    {
        var schema = Value(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            schema["minimum"] = Number(range.Minimum);
            schema["maximum"] = Number(range.Maximum);
        }

        return schema;
    }

    private static JsonObject Value(Type type) => type switch
    {
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => new() { ["type"] = "array", ["items"] = Value(type.GetGenericArguments()[0]) },
        _ when type == typeof(ImmutableSortedDictionary<int, double>) => new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = "^[0-9]+$" },
            ["additionalProperties"] = new JsonObject { ["type"] = "number", ["minimum"] = -SamplingRules.MaxBias, ["maximum"] = SamplingRules.MaxBias },
        },
        _ when type == typeof(LogProbDetail) => new()
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["enum"] = new JsonArray("none", "sampled") },
                new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = LogProbDetail.MaxTopK }),
        },
        _ when type.IsEnum => new() { ["enum"] = new JsonArray([.. RecipeBinder.EnumKeys(type).Select(k => JsonValue.Create(k))]) },
        _ when type == typeof(bool) => new() { ["type"] = "boolean" },
        _ when type == typeof(int) || type == typeof(long) => new() { ["type"] = "integer" },
        _ when type == typeof(double) => new() { ["type"] = "number" },
        _ when type == typeof(TimeSpan) => new() { ["type"] = "string", ["pattern"] = @"^[0-9.]+(ms|s|m|h)$" },
        _ when type == typeof(KvBudget) => new() { ["type"] = new JsonArray("string", "integer"), ["pattern"] = @"^([0-9.]+ ?(B|KiB|MiB|GiB|TiB|%)?|auto)$" },
        _ when type == typeof(DevicePlacement) => new() { ["type"] = "string", ["pattern"] = @"^(cpu|cuda(:[0-9]+(,[0-9]+)*)?)$" },
        _ when type == typeof(ByteSize) => new() { ["type"] = new JsonArray("string", "integer"), ["pattern"] = @"^[0-9.]+ ?(B|KiB|MiB|GiB|TiB)?$" },
        _ when type == typeof(TemplateVariables) => new() { ["type"] = "object" },
        _ when type == typeof(string) => new() { ["type"] = "string" },
        _ when type == typeof(TransportSection) => Transport(),
        _ => Section(type),
    };

    private static JsonObject Transport()
    {
        var url = new JsonObject { ["type"] = "string", ["pattern"] = "^(nats|tls)://[^@]+$" };
        var mapping = Section(typeof(TransportSection));
        mapping["required"] = new JsonArray("url");
        mapping["properties"]!["url"] = url.DeepClone();
        return new() { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = "local" }, url, mapping) };
    }

    private static JsonValue Number(object bound) => bound is int i ? JsonValue.Create(i) : JsonValue.Create(Convert.ToDouble(bound, CultureInfo.InvariantCulture));
}
