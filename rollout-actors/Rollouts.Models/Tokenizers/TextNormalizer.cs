using System.Text;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>What is done to a text before it is cut: NFC, a prefix, replacements.</summary>
internal sealed class TextNormalizer(Func<string, string>[] steps)
{
    /// <summary>Normalises a stretch of text between added tokens.</summary>
    public string Apply(string text)
    {
        foreach (var step in steps) text = step(text);
        return text;
    }

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => steps.Length == 0;

    /// <summary>Reads <c>normalizer</c>.</summary>
    /// <exception cref="ModelFormatException">A kind that is not known here, or NFC where the runtime cannot normalise.</exception>
    public static TextNormalizer Read(JsonElement? json, string file) => new([.. Steps(json, file)]);

    private static IEnumerable<Func<string, string>> Steps(JsonElement? json, string file)
    {
        if (json is not { ValueKind: JsonValueKind.Object } step) return [];
        var type = step.GetProperty("type").GetString();
        return type switch
        {
            "Sequence" => step.GetProperty("normalizers").EnumerateArray().SelectMany(s => Steps(s, file)),
            "NFC" => [Nfc(file)],
            "Prepend" when step.GetProperty("prepend").GetString() is { } prefix => [text => text.Length == 0 ? text : prefix + text],
            "Replace" when step.GetProperty("pattern").TryGetProperty("String", out var pattern) && pattern.GetString() is { Length: > 0 } old && step.GetProperty("content").GetString() is { } content
                => [text => text.Replace(old, content, StringComparison.Ordinal)],
            _ => throw new ModelFormatException($"{file}: the normalizer '{type}' is not supported; NFC, Prepend, Replace of a string and Sequence are"),
        };
    }

    private static Func<string, string> Nfc(string file)
    {
        // In globalisation-invariant mode Normalize does nothing, silently, and every id after an accent would be wrong.
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
            throw new ModelFormatException($"{file}: this tokenizer needs Unicode normalisation, which .NET lacks here; install libicu (Debian: apt-get install libicu72) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT");
        return text => Ascii.IsValid(text) ? text : NormalizationBarrier.Normalize(Sound(text));
    }

    // Normalize throws on half a surrogate pair; encoding would replace it anyway.
    private static string Sound(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
