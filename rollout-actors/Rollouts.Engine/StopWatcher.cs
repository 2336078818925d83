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
    private readonly int _heldBack;
    private int _released;
    private string _pending = "";

    /// <param name="soFar">What a continued completion has already: a stop string may begin in it.</param>
    public StopWatcher(ITokenizer tokenizer, SamplingParams sampling, ReadOnlySpan<int> soFar)
    {
        (_decoder, _stops) = (tokenizer.StartDecoding(skipSpecialTokens: true), sampling.Stop);
        _longest = _stops.Select(s => s.Length).DefaultIfEmpty(0).Max();
        _heldBack = sampling.IncludeStop ? 0 : Math.Max(0, _longest - 1);
        foreach (var token in soFar) _text.Append(_decoder.Add(token));
        _released = _text.Length;
        if (_longest > 0) _pending = _decoder.Pending;
    }

    /// <summary>Adds a token; gives the stop string that it makes whole, of several the one that begins first, and where it begins.</summary>
    public (string? Stop, int At) Add(int token)
    {
        var before = _text.Length + _pending.Length;
        _text.Append(_decoder.Add(token));
        if (_longest == 0) return (null, 0);
        _pending = _decoder.Pending;
        if (_text.Length + _pending.Length == before) return (null, 0);

        // A stop string may have begun in earlier tokens, but it ends in this one: one that ended before was too early to stop anything.
        var from = Math.Clamp(before - _longest + 1, 0, _text.Length);
        var tail = _text.ToString(from, _text.Length - from) + _pending;
        var (found, first) = ((string?)null, int.MaxValue);
        foreach (var stop in _stops)
        {
            var at = tail.IndexOf(stop, Math.Clamp(before - stop.Length + 1 - from, 0, tail.Length), StringComparison.Ordinal);
            if (at >= 0 && at < first) (found, first) = (stop, at);
        }

        return (found, found is null ? 0 : from + first);
    }

    /// <summary>The text that no stop string can take back any more, once.</summary>
    public string Release()
    {
        var from = _released;
        _released = Math.Max(from, _text.Length - _heldBack);
        return _text.ToString(from, _released - from);
    }

    /// <summary>Of the completion's final text, what is not released.</summary>
    public string Rest(string text) => _released < text.Length ? text[_released..] : "";

    /// <summary>The text up to a place.</summary>
    public string Upto(int length) => string.Concat(_text.ToString(), _pending)[..length];
}
