using System.Collections.Immutable;
using System.Text;

namespace Rollouts.TestSupport;

/// <summary>A tokenizer for models without one: each id is a character of its own.</summary>
public sealed class ToyTokenizer(int vocabulary) : ITokenizer
{
    private const int First = 0x4E00;

    /// <inheritdoc/>
    public int VocabularySize => vocabulary;

    /// <inheritdoc/>
    public ImmutableArray<int> Encode(string text, bool addSpecialTokens, bool recogniseAddedTokens) => [.. text.Select(c => (c - First) % vocabulary)];

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = new StringBuilder();
        foreach (var id in ids) text.Append((char)(First + id));
        return text.ToString();
    }

    /// <summary>The character of an id.</summary>
    public static string Text(params int[] ids) => string.Concat(ids.Select(i => (char)(First + i)));

    /// <inheritdoc/>
    public IIncrementalDecoder StartDecoding(bool skipSpecialTokens) => new Decoder();

    private sealed class Decoder : IIncrementalDecoder
    {
        public string Add(int id) => ((char)(First + id)).ToString();

        public string Pending => "";

        public string Finish() => "";
    }
}
