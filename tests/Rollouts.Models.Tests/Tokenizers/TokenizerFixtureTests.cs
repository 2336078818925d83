using System.Text.Json;
using Rollouts.TestSupport;

namespace Rollouts.Models.Tests;

/// <summary>Every row of the golden data, made with Hugging Face's tokenizers.</summary>
public class TokenizerFixtureTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TheoryData<string> Names => [.. Fixtures.Names("tokenizers")];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_FixtureTexts_GivesTheReferencesIds(string name)
    {
        var tokenizer = Tokenizer.Load(Fixtures.Path("tokenizers", name));

        foreach (var row in Rows(name))
        {
            tokenizer.Encode(row.Text, addSpecialTokens: true, recogniseAddedTokens: true).ToArray().ShouldBe(row.Ids, $"'{row.Text}'");
            tokenizer.Encode(row.Text, addSpecialTokens: false, recogniseAddedTokens: true).ToArray().ShouldBe(row.IdsNoSpecial, $"'{row.Text}'");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_FixtureIds_GivesTheReferencesText(string name)
    {
        var tokenizer = Tokenizer.Load(Fixtures.Path("tokenizers", name));

        foreach (var row in Rows(name))
        {
            tokenizer.Decode(row.IdsNoSpecial, skipSpecialTokens: false).ShouldBe(row.Decoded);
            tokenizer.Decode(row.IdsNoSpecial, skipSpecialTokens: true).ShouldBe(row.DecodedSkip);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void StartDecoding_FixtureIds_GivesWholeCharactersThatJoinToTheText(string name)
    {
        var tokenizer = Tokenizer.Load(Fixtures.Path("tokenizers", name));

        foreach (var row in Rows(name))
        {
            var decoder = tokenizer.StartDecoding(skipSpecialTokens: false);
            string[] pieces = [.. row.IdsNoSpecial.Select(decoder.Add), decoder.Finish()];

            string.Concat(pieces).ShouldBe(row.Decoded);
            pieces.ShouldAllBe(p => p.Length == 0 || !char.IsHighSurrogate(p.Last()));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pending_AfterAnyId_IsWhatThePiecesLackOfTheText(string name)
    {
        var tokenizer = Tokenizer.Load(Fixtures.Path("tokenizers", name));

        foreach (var row in Rows(name))
        {
            var decoder = tokenizer.StartDecoding(skipSpecialTokens: false);
            var pieces = "";
            for (var i = 0; i < row.IdsNoSpecial.Length; i++)
            {
                pieces += decoder.Add(row.IdsNoSpecial[i]);
                var text = tokenizer.Decode(row.IdsNoSpecial[..(i + 1)], skipSpecialTokens: false);
                // Half a character, which decoding all so far shows as U+FFFD, is no text yet.
                if (!text.EndsWith('\uFFFD')) (pieces + decoder.Pending).ShouldBe(text);
                else text.ShouldStartWith(pieces + decoder.Pending);
            }
        }
    }

    [Fact]
    public void Encode_UserTextThatSpellsASpecialToken_GivesNoSpecialToken()
    {
        var tokenizer = Tokenizer.Load(Fixtures.Path("tokenizers", "byte-level-llama3"));
        var end = tokenizer.TokenId("<|end|>")!.Value;

        tokenizer.Encode("a<|end|>b", addSpecialTokens: false, recogniseAddedTokens: true).ShouldContain(end);
        tokenizer.Encode("a<|end|>b", addSpecialTokens: false, recogniseAddedTokens: false).ShouldNotContain(end);
    }

    private static Row[] Rows(string name) => JsonSerializer.Deserialize<Row[]>(File.ReadAllBytes(Fixtures.Path("tokenizers", name, "expected.json")), SnakeCase)!;

    private sealed record Row(string Text, int[] Ids, int[] IdsNoSpecial, string Decoded, string DecodedSkip);
}
