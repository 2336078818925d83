using System.Text;

namespace Rollouts.Models;

/// <summary>Decodes ids as they come. Invariant: the pieces joined are what decoding all ids at once gives, and no piece ends in half a character.</summary>
internal sealed class IncrementalDecoder(TokenDecoder tokens, bool skipSpecialTokens) : IIncrementalDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly List<byte> _byteRun = [];
    private readonly StringBuilder _piece = new();
    private bool _atStart = true;

    /// <inheritdoc/>
    public string Add(int id)
    {
        Append(id);
        return Take();
    }

    /// <inheritdoc/>
    public string Pending => _byteRun.Count > 0 && TextOf([.. _byteRun]) is { } text ? Strip(text).ToString() : "";

    /// <inheritdoc/>
    public string Finish()
    {
        EndByteRun();
        Append([], flush: true);
        return Take();
    }

    /// <summary>Adds without making a string.</summary>
    public void Append(int id)
    {
        if (skipSpecialTokens && tokens.IsSpecial(id)) return;
        if (tokens.IsByteToken(id))
        {
            // Whether the run is text is known only when it ends: one bad byte makes every byte of it a U+FFFD.
            _byteRun.AddRange(tokens.Bytes(id));
            return;
        }

        EndByteRun();
        Append(tokens.Bytes(id), flush: !tokens.IsByteLevel);
    }

    private void EndByteRun()
    {
        if (_byteRun.Count == 0) return;
        var bytes = _byteRun.ToArray();
        _byteRun.Clear();
        Push(TextOf(bytes) ?? new string('\uFFFD', bytes.Length));
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = stackalloc char[256];
        do
        {
            _utf8.Convert(bytes, characters, flush, out var used, out var written, out var completed);
            Push(characters[..written]);
            bytes = bytes[used..];
            if (completed) return;
        }
        while (true);
    }

    private void Push(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        _piece.Append(Strip(text));
        _atStart = false;
    }

    private ReadOnlySpan<char> Strip(ReadOnlySpan<char> text) => _atStart && tokens.StripsLeadingSpace && text[0] == ' ' ? text[1..] : text;

    private string Take()
    {
        var text = _piece.ToString();
        _piece.Clear();
        return text;
    }
}
