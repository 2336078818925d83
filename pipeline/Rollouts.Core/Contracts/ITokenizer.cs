using System.Collections.Immutable;

namespace Rollouts;

/// <summary>Text to token ids and back. Safe to call from any thread.</summary>
public interface ITokenizer
{
    /// <summary>One more than the largest id.</summary>
    int VocabularySize { get; }

    /// <summary>Encodes a text.</summary>
    /// <param name="addSpecialTokens">Whether the tokenizer's own beginning and end tokens are added.</param>
    /// <param name="recogniseAddedTokens">Whether text that spells an added token becomes that token; false for text from a user.</param>
    ImmutableArray<int> Encode(string text, bool addSpecialTokens, bool recogniseAddedTokens);

    /// <summary>Decodes ids. Bytes that are no UTF-8 become U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens);

    /// <summary>A decoder that is fed ids as they come.</summary>
    IIncrementalDecoder StartDecoding(bool skipSpecialTokens);
}
