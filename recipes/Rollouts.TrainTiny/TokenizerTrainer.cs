using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rollouts.TrainTiny;

/// <summary>Trains a small byte-level BPE on words and writes it as tokenizer.json. Digits stay alone, so that arithmetic can be learned.</summary>
internal static class TokenizerTrainer
{
    public const string Begin = "<|begin|>";
    public const string End = "<|end|>";
    private const string Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Writes a folder's tokenizer.json and tokenizer_config.json.</summary>
    public static void Write(string folder, IEnumerable<string> texts, int merges)
    {
        var words = texts.SelectMany(Words).CountBy(w => w).ToDictionary(w => w.Key, w => (Count: w.Value, Symbols: w.Key.Select(c => c.ToString()).ToList()));
        List<string> vocabulary = [Begin, End, .. Enumerable.Range(0, 256).Select(b => Visible((byte)b).ToString())];
        var learned = new JsonArray();
        for (var i = 0; i < merges && Best(words.Values) is var (left, right); i++)
        {
            learned.Add(new JsonArray(left, right));
            if (!vocabulary.Contains(left + right)) vocabulary.Add(left + right);
            foreach (var word in words.Values) Merge(word.Symbols, left, right);
        }

        Save(Path.Combine(folder, "tokenizer.json"), Json(vocabulary, learned));
        Save(Path.Combine(folder, "tokenizer_config.json"), new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = Begin,
            ["eos_token"] = End,
            ["clean_up_tokenization_spaces"] = false,
        });
    }

    /// <summary>Letters with one leading space make a word; nothing else is merged.</summary>
    private static IEnumerable<string> Words(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at++;
            if (text[start] != ' ' && !char.IsLetter(text[start])) continue;
            while (at < text.Length && char.IsLetter(text[at])) at++;
            if (at - start > 1) yield return string.Concat(Encoding.UTF8.GetBytes(text[start..at]).Select(Visible));
        }
    }

    private static (string, string)? Best(IEnumerable<(int Count, List<string> Symbols)> words)
    {
        var pairs = new Dictionary<(string, string), int>();
        foreach (var (count, symbols) in words)
            for (var i = 0; i + 1 < symbols.Count; i++) pairs[(symbols[i], symbols[i + 1])] = pairs.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
        return pairs.Count == 0 ? null : pairs.OrderByDescending(p => p.Value).ThenBy(p => p.Key.Item1 + p.Key.Item2, StringComparer.Ordinal).First().Key;
    }

    private static void Merge(List<string> symbols, string left, string right)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != left || symbols[i + 1] != right) continue;
            symbols[i] += right;
            symbols.RemoveAt(i + 1);
        }
    }

    private static JsonObject Json(List<string> vocabulary, JsonArray merges) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. new[] { Begin, End }.Select((t, i) => (JsonNode)new JsonObject
        {
            ["id"] = i, ["content"] = t, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
        })]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = Pattern }, ["behavior"] = "Isolated", ["invert"] = false },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false }),
        },
        ["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Special(), new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }),
            ["pair"] = new JsonArray(Special(), new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }, new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "B", ["type_id"] = 1 } }),
            ["special_tokens"] = new JsonObject { [Begin] = new JsonObject { ["id"] = Begin, ["ids"] = new JsonArray(0), ["tokens"] = new JsonArray(Begin) } },
        },
        ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
        ["model"] = new JsonObject
        {
            ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = null, ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false, ["byte_fallback"] = false, ["ignore_merges"] = false,
            ["vocab"] = new JsonObject(vocabulary.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)JsonValue.Create(i)))),
            ["merges"] = merges,
        },
    };

    private static JsonObject Special() => new() { ["SpecialToken"] = new JsonObject { ["id"] = Begin, ["type_id"] = 0 } };

    /// <summary>GPT-2's visible character of a byte (openai/gpt-2:src/encoder.py).</summary>
    private static char Visible(byte b)
    {
        static bool IsVisible(int x) => x is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        return IsVisible(b) ? (char)b : (char)(256 + Enumerable.Range(0, b).Count(x => !IsVisible(x)));
    }

    private static void Save(string path, JsonObject json) =>
        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
}
