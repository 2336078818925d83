using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Keys of a JSON object, with errors that name file and key.</summary>
internal sealed class JsonKeys(JsonElement root, string file)
{
    public int Int(string key, int min, int max) => OptionalInt(key) is { } value && value >= min && value <= max
        ? value
        : throw new ModelFormatException($"{file}: '{key}' must be a whole number from {min} to {max}");

    public int? OptionalInt(string key) => Find(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : throw new ModelFormatException($"{file}: '{key}' must be a whole number above 0, not {value}")
        : null;

    public double? Number(string key) => Find(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw new ModelFormatException($"{file}: '{key}' must be a number, not {value}")
        : null;

    public bool Flag(string key) => Find(key) is { ValueKind: JsonValueKind.True };

    public string? Text(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public JsonKeys? Section(string key) => Find(key) is { ValueKind: JsonValueKind.Object } value ? new JsonKeys(value, file) : null;

    private JsonElement? Find(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
