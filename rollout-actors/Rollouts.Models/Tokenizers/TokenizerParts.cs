using System.Text.Json;

namespace Rollouts.Models;

/// <summary>The parts of a tokenizer.json, read and checked.</summary>
internal sealed class TokenizerParts
{
    /// <summary>A larger file is no tokenizer.</summary>
    private const long MaxBytes = 256L << 20;

    public required BpeVocabulary Vocabulary { get; init; }

    public required AddedToken[] Added { get; init; }

    public required AddedTokens RawAdded { get; init; }

    public required AddedTokens NormalizedAdded { get; init; }

    public required TextNormalizer Normalizer { get; init; }

    public required PreTokenizer PreTokenizer { get; init; }

    public required TokenDecoder Decoder { get; init; }

    /// <summary>Ids that the post-processor puts before a text.</summary>
    public required int[] Prefix { get; init; }

    /// <summary>Ids that it puts after.</summary>
    public required int[] Suffix { get; init; }

    /// <summary>The ids of <c>&lt;0xNN&gt;</c>, -1 where there is none.</summary>
    public required int[] ByteTokens { get; init; }

    /// <exception cref="ModelFormatException">The file is missing, broken, or uses a part that is not supported.</exception>
    public static TokenizerParts Read(string file)
    {
        if (!File.Exists(file)) throw new ModelFormatException($"{file}: no such file; a model folder needs tokenizer.json (save a slow tokenizer with transformers' save_pretrained)");
        if (new FileInfo(file).Length > MaxBytes) throw new ModelFormatException($"{file}: larger than {MaxBytes >> 20} MiB, which no tokenizer is");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return Read(document.RootElement, file);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"{file}: not a tokenizer.json: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(JsonElement root, string file)
    {
        var vocabulary = BpeVocabulary.Read(root.GetProperty("model"), file);
        var added = AddedTokens.Read(root);
        if (added.FirstOrDefault(a => a.Id is < 0 or > 1 << 24) is { } wrong) throw new ModelFormatException($"{file}: the added token '{wrong.Content}' has the id {wrong.Id}");
        var (prefix, suffix) = Template(Part(root, "post_processor"), file);
        var size = added.Select(a => a.Id + 1).Append(vocabulary.Tokens.Length).Max();
        foreach (var id in prefix.Concat(suffix))
            if (id < 0 || id >= size) throw new ModelFormatException($"{file}: the post_processor adds the token {id}; there are {size}");
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Added = added,
            RawAdded = new AddedTokens(added.Where(a => !a.Normalized)),
            NormalizedAdded = new AddedTokens(added.Where(a => a.Normalized)),
            Normalizer = TextNormalizer.Read(Part(root, "normalizer"), file),
            PreTokenizer = PreTokenizer.Read(Part(root, "pre_tokenizer"), file),
            Decoder = TokenDecoder.Read(Part(root, "decoder"), vocabulary.Tokens, added, file),
            Prefix = prefix,
            Suffix = suffix,
            ByteTokens = [.. Enumerable.Range(0, 256).Select(b => vocabulary.Ids.TryGetValue($"<0x{b:X2}>", out var id) ? id : -1)],
        };
    }

    /// <summary>The ids around a single text, from TemplateProcessing; ByteLevel as a post-processor changes offsets only.</summary>
    private static (int[] Prefix, int[] Suffix) Template(JsonElement? json, string file)
    {
        if (json is not { } processor) return ([], []);
        switch (processor.GetProperty("type").GetString())
        {
            case "ByteLevel":
                return ([], []);
            case "Sequence":
                var parts = processor.GetProperty("processors").EnumerateArray().Select(p => Template(p, file)).ToArray();
                return ([.. parts.Reverse().SelectMany(p => p.Prefix)], [.. parts.SelectMany(p => p.Suffix)]);
            case "TemplateProcessing":
                var ids = processor.GetProperty("special_tokens");
                var items = processor.GetProperty("single").EnumerateArray().ToArray();
                var sequence = Array.FindIndex(items, i => i.TryGetProperty("Sequence", out _));
                if (sequence < 0) throw new ModelFormatException($"{file}: the post_processor's template for one text has no place for the text");
                return (Ids(items[..sequence], ids), Ids(items[(sequence + 1)..], ids));
            case var other:
                throw new ModelFormatException($"{file}: the post_processor '{other}' is not supported; TemplateProcessing, ByteLevel and Sequence are");
        }
    }

    private static int[] Ids(IEnumerable<JsonElement> items, JsonElement tokens) =>
        [.. items.SelectMany(i => tokens.GetProperty(i.GetProperty("SpecialToken").GetProperty("id").GetString() ?? "").GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()))];

    private static JsonElement? Part(JsonElement root, string name) => root.TryGetProperty(name, out var part) && part.ValueKind != JsonValueKind.Null ? part : null;
}
