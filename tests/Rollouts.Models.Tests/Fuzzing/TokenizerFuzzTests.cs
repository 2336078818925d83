using System.Text;
using System.Text.Json.Nodes;
using Rollouts.TestSupport;
using Rollouts.TestSupport.Fuzzing;

namespace Rollouts.Models.Tests.Fuzzing;

public class TokenizerFuzzTests
{
    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "false", "\"\"", "-1", "16777217", "\"type\": \"Sequence\",", "\"type\": \"ByteLevel\",", "\"type\": \"Split\",", "\"normalizers\": [],", "\"id\": -5,", "\"content\": \"\",",
        "\"merges\": [],", "\"vocab\": {},", "\"unk_token\": \"x\",", "\"byte_fallback\": true,", "\"special_tokens\": {},", "\"single\": [],", "\"pattern\": {\"String\": \"\"},", "\"lstrip\": true,", "\\ud800",
    ];

    private static readonly string[] Texts = ["", "Hello, world 123", "naïve 🤗 \ud83e e\u0301\u0301 \0 <|end|></s>", new string(' ', 300) + new string('a', 300)];

    [Fact]
    public async Task Load_MutatedTokenizers_EncodesAndDecodesOrIsATypedError()
    {
        byte[][] seeds = [.. Fixtures.Names("tokenizers").Select(Small)];
        using var folder = new TemporaryFolder();

        await Campaign.RunAsync(250, seed => Campaign.Json(seeds, Words, seed), bytes => Use(folder, bytes), error => error is ModelFormatException);
    }

    private static void Use(TemporaryFolder folder, byte[] json)
    {
        File.WriteAllBytes(folder.File("tokenizer.json"), json);
        var tokenizer = Tokenizer.Load(folder.Path);
        foreach (var text in Texts)
        {
            var ids = tokenizer.Encode(text, addSpecialTokens: true, recogniseAddedTokens: true);
            ids.ShouldAllBe(id => id >= 0 && id < tokenizer.VocabularySize);
            tokenizer.Decode(ids.AsSpan(), skipSpecialTokens: true).ShouldNotBeNull();
        }
    }

    /// <summary>A fixture with few tokens and merges, so that mutations hit the other parts as well.</summary>
    private static byte[] Small(string name)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Fixtures.Path("tokenizers", name, "tokenizer.json")))!;
        var model = json["model"]!;
        model["merges"] = new JsonArray([.. model["merges"]!.AsArray().Take(12).Select(m => m!.DeepClone())]);
        var kept = model["vocab"]!.AsObject().Where(entry => entry.Value!.GetValue<int>() < 320).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value!.GetValue<int>()));
        var vocabulary = new JsonObject(kept);
        foreach (var merge in model["merges"]!.AsArray()) AddMerged(vocabulary, merge!);
        model["vocab"] = vocabulary;
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private static void AddMerged(JsonObject vocabulary, JsonNode merge)
    {
        string[] parts = merge is JsonArray pair ? [.. pair.Select(p => p!.GetValue<string>())] : merge.GetValue<string>().Split(' ');
        foreach (var token in parts.Append(string.Concat(parts)))
            if (!vocabulary.ContainsKey(token)) vocabulary[token] = 320 + vocabulary.Count;
    }
}
