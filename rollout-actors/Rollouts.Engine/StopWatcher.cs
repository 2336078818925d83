using System.Collections.Immutable;
using System.Text;

namespace Rollouts.Engine;

/// <summary>A completion's text as it comes, watched for stop strings.</summary>
internal sealed class StopWatcher
{
    private readonly IIncrementalDecoder _decoder;
    private readonly ImmutableArray<string> _stops;
    private readonly StringBuilder _text = new();
    private readonly int _longest;

    /// <param name="soFar">What a continued completion has already: a stop string may begin in it.</param>
    public StopWatcher(ITokenizer tokenizer, ImmutableArray<string> stops, ReadOnlySpan<int> soFar)
    {
        (_decoder, _stops) = (tokenizer.StartDecoding(skipSpecialTokens: true), stops);
        _longest = stops.Select(s => s.Length).DefaultIfEmpty(0).Max();
        foreach (var token in soFar) _text.Append(_decoder.Add(token));
    }

    /// <summary>Adds a token; gives its text and, where one is now whole, the stop string that begins first and where it begins.</summary>
    public (string Piece, string? Stop, int At) Add(int token)
    {
        var piece = _decoder.Add(token);
        var before = _text.Length;
        _text.Append(piece);
        if (_longest == 0 || piece.Length == 0) return (piece, null, 0);

        // A stop string may have begun in earlier tokens.
        var from = Math.Max(0, before - _longest + 1);
        var tail = _text.ToString(from, _text.Length - from);
        var (found, at) = ((string?)null, int.MaxValue);
        foreach (var stop in _stops)
            if (tail.IndexOf(stop, StringComparison.Ordinal) is var i and >= 0 && i < at) (found, at) = (stop, i);
        return (piece, found, found is null ? 0 : from + at);
    }

    /// <summary>The text up to a place.</summary>
    public string Upto(int length) => _text.ToString(0, length);
}
