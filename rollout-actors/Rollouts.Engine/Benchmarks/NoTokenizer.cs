using System.Collections.Immutable;

namespace Rollouts.Engine;

/// <summary>For models that are measured by token ids alone.</summary>
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
