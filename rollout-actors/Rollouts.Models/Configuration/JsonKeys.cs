using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Keys of a JSON object, with errors that name file and key.</summary>
internal sealed class JsonKeys(JsonElement root, string file)
{
    public int Int(string key, int min, int max) => IntOr(key, min, max, null);

    /// <param name="otherwise">Where the key is missing or null; null where it must stand.</param>
    public int IntOr(string key, int min, int max, int? otherwise)
    {
        if (Find(key) is not { } value) return otherwise ?? throw Broken($"'{key}' is missing; it must be a whole number from {min} to {max}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw Broken($"'{key}' must be a whole number from {min} to {max}, not {Shown(value)}");
    }

    public int? OptionalInt(string key) => Find(key) is null ? null : Int(key, 1, int.MaxValue);

    public double? Number(string key) => Find(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Broken($"'{key}' must be a number, not {Shown(value)}")
        : null;

    public bool Flag(string key, bool otherwise = false) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Broken($"'{key}' must be true or false, not {Shown(value)}"),
    };

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Broken($"'{key}' must be text, not {Shown(value)}"),
    };

    public JsonKeys? Section(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new JsonKeys(value, file),
        { } value => throw Broken($"'{key}' must be an object, not {Shown(value)}"),
    };

    /// <summary>A list of whole numbers, or one; null where the key is missing.</summary>
    public int[]? Ints(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(i => Whole(key, i))],
        { } value => [Whole(key, value)],
    };

    /// <summary>A list of words; null where the key is missing.</summary>
    public string[]? Texts(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : throw Broken($"'{key}' must hold words, not {Shown(t)}"))],
        { } value => throw Broken($"'{key}' must be a list, not {Shown(value)}"),
    };

    public ModelFormatException Broken(string what) => new($"{file}: {what}");

    private int Whole(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Broken($"'{key}' must hold whole numbers, not {Shown(value)}");

    private JsonElement? Find(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
