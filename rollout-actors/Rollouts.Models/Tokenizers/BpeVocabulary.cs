using System.Text.Json;

namespace Rollouts.Models;

/// <summary>The model part of tokenizer.json: tokens, merges and how unknown characters are treated.</summary>
internal sealed class BpeVocabulary
{
    /// <summary>Ids by the token as it is written in the file.</summary>
    public required Dictionary<string, int> Ids { get; init; }

    /// <summary>Tokens by id; null where an id is not used.</summary>
    public required string?[] Tokens { get; init; }

    public required MergeTable Merges { get; init; }

    /// <summary>A piece that is a token needs no merges (Llama 3).</summary>
    public required bool IgnoreMerges { get; init; }

    /// <summary>Unknown characters become the tokens of their bytes, written <c>&lt;0xNN&gt;</c>.</summary>
    public required bool ByteFallback { get; init; }

    public required bool FuseUnknown { get; init; }

    public required int? UnknownId { get; init; }

    /// <exception cref="ModelFormatException">No BPE model, no merges, or a merge of tokens that are not in the vocabulary.</exception>
    public static BpeVocabulary Read(JsonElement model, string file)
    {
        var type = model.TryGetProperty("type", out var t) ? t.GetString() : "BPE";
        if (type != "BPE") throw new ModelFormatException($"{file}: the tokenizer model is {type}; only BPE is supported");
        if (!model.TryGetProperty("vocab", out var vocab)) throw new ModelFormatException($"{file}: the tokenizer model has no vocab");
        if (!model.TryGetProperty("merges", out var merges)) throw new ModelFormatException($"{file}: the tokenizer model has no merges; convert the tokenizer with a recent transformers and save it again");

        var ids = new Dictionary<string, int>(vocab.GetPropertyCount(), StringComparer.Ordinal);
        var largest = -1;
        foreach (var entry in vocab.EnumerateObject())
        {
            var id = entry.Value.GetInt32();
            if (id is < 0 or > 1 << 24) throw new ModelFormatException($"{file}: token '{entry.Name}' has the id {id}");
            ids[entry.Name] = id;
            largest = Math.Max(largest, id);
        }

        if (Text(model, "continuing_subword_prefix") is { Length: > 0 } prefix) throw new ModelFormatException($"{file}: continuing_subword_prefix '{prefix}' is not supported");
        var tokens = new string?[largest + 1];
        foreach (var (token, id) in ids) tokens[id] = token;
        var unknown = Text(model, "unk_token");
        return new BpeVocabulary
        {
            Ids = ids,
            Tokens = tokens,
            Merges = new MergeReader(ids, file).Read(merges),
            IgnoreMerges = Flag(model, "ignore_merges"),
            ByteFallback = Flag(model, "byte_fallback"),
            FuseUnknown = Flag(model, "fuse_unk"),
            UnknownId = unknown is not null && ids.TryGetValue(unknown, out var u) ? u : null,
        };
    }

    private static string? Text(JsonElement model, string name) => model.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

    private static bool Flag(JsonElement model, string name) => model.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.True;
}
