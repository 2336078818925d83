using System.Text.Json;

namespace Rollouts.Models;

/// <summary>Finds the chat templates of a model folder: chat_template.jinja and additional_chat_templates/NAME.jinja, else chat_template.json, else tokenizer_config.json's <c>chat_template</c>.</summary>
internal static class ChatTemplateFiles
{
    /// <summary>What a template without a name is called.</summary>
    public const string DefaultName = "default";

    private const string Key = "chat_template";
    private const long MaxBytes = 4 << 20;

    /// <summary>Template sources by name, each with its file.</summary>
    /// <exception cref="ModelFormatException">A file is broken.</exception>
    public static IReadOnlyDictionary<string, (string Source, string File)> Read(string folder)
    {
        var single = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(single)) return ReadPlain(single, Path.Combine(folder, "additional_chat_templates"));
        foreach (var name in new[] { "chat_template.json", SpecialTokenFiles.ConfigName })
            if (ReadJson(Path.Combine(folder, name)) is { Count: > 0 } templates) return templates;
        return new Dictionary<string, (string, string)>();
    }

    private static Dictionary<string, (string, string)> ReadPlain(string single, string others)
    {
        var templates = new Dictionary<string, (string, string)>(StringComparer.Ordinal) { [DefaultName] = (ReadText(single), single) };
        foreach (var file in Directory.Exists(others) ? Directory.GetFiles(others, "*.jinja") : [])
            templates[Path.GetFileNameWithoutExtension(file)] = (ReadText(file), file);
        return templates;
    }

    private static Dictionary<string, (string, string)>? ReadJson(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            using var json = JsonDocument.Parse(ReadText(file));
            return json.RootElement.TryGetProperty(Key, out var value) ? Named(value, file) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{file}: '{Key}' must be a template, or a list of {{\"name\", \"template\"}}: {e.Message}", e);
        }
    }

    /// <summary>A string, an object of names and templates, or a list of objects with a name and a template.</summary>
    private static Dictionary<string, (string, string)> Named(JsonElement value, string file) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => new(StringComparer.Ordinal) { [DefaultName] = (value.GetString()!, file) },
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(p => p.Name, p => (Text(p.Value), file), StringComparer.Ordinal),
        _ => value.EnumerateArray().GroupBy(t => Text(t.GetProperty("name"))).ToDictionary(g => g.Key, g => (Text(g.Last().GetProperty("template")), file), StringComparer.Ordinal),
    };

    private static string Text(JsonElement value) => value.GetString() ?? throw new JsonException("null is no template");

    private static string ReadText(string file) => new FileInfo(file).Length <= MaxBytes
        ? File.ReadAllText(file)
        : throw new ModelFormatException($"{file}: larger than {MaxBytes >> 20} MiB, which no chat template is");
}
