using System.Collections.Immutable;

namespace Rollouts.Engine.Tests;

/// <summary>Ids of a few letters each, some of none: stop strings begin and end anywhere in them.</summary>
internal sealed class PieceTokenizer : ITokenizer
{
    private readonly string[] _pieces;

    public PieceTokenizer(int vocabulary, int seed)
    {
        var random = new Random(seed);
        _pieces = [.. Enumerable.Range(0, vocabulary).Select(_ => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "abc"[random.Next(3)])))];
    }

    public int VocabularySize => _pieces.Length;

    public ImmutableArray<int> Encode(string text, bool addSpecialTokens, bool recogniseAddedTokens) => throw new NotSupportedException();

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = "";
        foreach (var id in ids) text += _pieces[id];
        return text;
    }

    public IIncrementalDecoder StartDecoding(bool skipSpecialTokens) => new Decoder(_pieces);

    private sealed class Decoder(string[] pieces) : IIncrementalDecoder
    {
        public string Add(int id) => pieces[id];

        public string Pending => "";

        public string Finish() => "";
    }
}
