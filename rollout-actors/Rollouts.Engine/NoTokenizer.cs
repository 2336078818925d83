using System.Collections.Immutable;

namespace Rollouts.Engine;

/// <summary>For a model folder without a tokenizer: token ids go in and come out, texts are empty, stop strings are not possible.</summary>
public sealed class NoTokenizer(int vocabulary) : ITokenizer
{
    /// <inheritdoc/>
    public int VocabularySize => vocabulary;

    /// <inheritdoc/>
    public ImmutableArray<int> Encode(string text, bool addSpecialTokens, bool recogniseAddedTokens) => [];

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens) => "";

    /// <inheritdoc/>
    public IIncrementalDecoder StartDecoding(bool skipSpecialTokens) => throw new NotSupportedException("Stop strings need a tokenizer.");
}
