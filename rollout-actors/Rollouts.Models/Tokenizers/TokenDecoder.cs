using System.Text;
using System.Text.Json;

namespace Rollouts.Models;

/// <summary>How tokens become text again: byte-level (bytes joined, then UTF-8) or sentencepiece-style (a replacement, byte runs, one leading space off).</summary>
internal sealed class TokenDecoder
{
    private readonly byte[]?[] _bytes;
    private readonly bool[] _isByteToken;
    private readonly bool[] _special;

    private TokenDecoder(byte[]?[] bytes, bool[] isByteToken, bool[] special, bool isByteLevel, bool stripsLeadingSpace)
    {
        (_bytes, _isByteToken, _special) = (bytes, isByteToken, special);
        (IsByteLevel, StripsLeadingSpace) = (isByteLevel, stripsLeadingSpace);
    }

    public bool IsByteLevel { get; }

    public bool StripsLeadingSpace { get; }

    /// <summary>The bytes of a token; empty for an id that names none.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : default;

    /// <summary>Whether the token is a byte of its own, written <c>&lt;0xNN&gt;</c>.</summary>
    public bool IsByteToken(int id) => (uint)id < (uint)_isByteToken.Length && _isByteToken[id];

    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    /// <summary>Reads <c>decoder</c>.</summary>
    /// <exception cref="ModelFormatException">A kind that is not known here.</exception>
    public static TokenDecoder Read(JsonElement? json, string?[] tokens, AddedToken[] added, string file)
    {
        var byteLevel = false;
        var byteFallback = false;
        var strips = false;
        var replacements = new List<(string Old, string New)>();
        foreach (var part in Parts(json))
        {
            switch (part.GetProperty("type").GetString())
            {
                case "ByteLevel": byteLevel = true; break;
                case "ByteFallback": byteFallback = true; break;
                case "Fuse": break;
                case "Strip" when part.GetProperty("content").GetString() == " " && part.GetProperty("stop").GetInt32() == 0:
                    strips = part.GetProperty("start").GetInt32() == 1;
                    break;
                case "Replace" when part.GetProperty("pattern").TryGetProperty("String", out var pattern) && pattern.GetString() is { Length: > 0 } old:
                    replacements.Add((old, part.GetProperty("content").GetString() ?? ""));
                    break;
                case var other:
                    throw new ModelFormatException($"{file}: the decoder '{other}' is not supported; ByteLevel, ByteFallback, Fuse, Strip of a leading space and Replace of a string are");
            }
        }

        var all = new string?[Math.Max(tokens.Length, added.Select(a => a.Id + 1).DefaultIfEmpty(0).Max())];
        tokens.CopyTo(all, 0);
        foreach (var token in added) all[token.Id] = token.Content;
        var special = new bool[all.Length];
        foreach (var token in added) special[token.Id] = token.Special;
        bool[] isByte = [.. all.Select(t => byteFallback && ByteOf(t) is not null)];
        byte[]?[] bytes = [.. all.Select((t, i) => t is null ? null : isByte[i] ? [ByteOf(t)!.Value] : Encode(t, byteLevel, replacements))];
        return new TokenDecoder(bytes, isByte, special, byteLevel, strips);
    }

    private static byte[] Encode(string token, bool byteLevel, List<(string Old, string New)> replacements)
    {
        if (byteLevel && ByteAlphabet.Decode(token) is { } bytes) return bytes;
        foreach (var (old, @new) in replacements) token = token.Replace(old, @new, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(token);
    }

    private static byte? ByteOf(string? token) =>
        token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) ? value : null;

    private static IEnumerable<JsonElement> Parts(JsonElement? json) => json switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { } one when one.GetProperty("type").GetString() == "Sequence" => one.GetProperty("decoders").EnumerateArray().SelectMany(p => Parts(p)),
        { } one => [one],
    };
}
