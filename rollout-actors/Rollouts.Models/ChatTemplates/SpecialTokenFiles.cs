using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Reads the tokens that templates know by name, <c>bos_token</c> and its like, from special_tokens_map.json and tokenizer_config.json.</summary>
internal static class SpecialTokenFiles
{
    public const string ConfigName = "tokenizer_config.json";

    private const long MaxBytes = 16 << 20;

    /// <summary>Texts by name. What tokenizer_config.json says goes before the older special_tokens_map.json.</summary>
    /// <exception cref="ModelFormatException">A file is broken.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "special_tokens_map.json", ConfigName })
            if (Path.Combine(folder, name) is var file && File.Exists(file)) Add(file, tokens);
        return tokens;
    }

    private static void Add(string file, Dictionary<string, string> tokens)
    {
        if (new FileInfo(file).Length > MaxBytes) throw new ModelFormatException($"{file}: larger than {MaxBytes >> 20} MiB");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var property in json.RootElement.EnumerateObject())
                if (IsToken(property.Name) && TextOf(property.Value) is { } text) tokens[property.Name] = text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"{file}: not a tokenizer's settings: {e.Message}", e);
        }
    }

    // bos_token, eos_token and so on; multimodal models add names of their own, such as image_token.
    private static bool IsToken(string name) => name.EndsWith("_token", StringComparison.Ordinal);

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };
}
