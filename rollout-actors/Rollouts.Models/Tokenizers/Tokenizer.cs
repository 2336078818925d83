using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;

namespace Rollouts.Models;

/// <summary>
/// A tokenizer.json of the BPE kind, byte-level or sentencepiece-style.
/// Microsoft.ML.Tokenizers has no loader for these files, no <c>ignore_merges</c>, no added-token flags, no incremental decoding, and its pre-tokenizers
/// work on UTF-16 units; so this part is our own.
/// </summary>
public sealed class Tokenizer : ITokenizer
{
    /// <summary>Pieces remembered: text repeats its words, and a word's merges are always the same.</summary>
    private const int CacheLimit = 1 << 16;

    private readonly TokenizerParts _parts;
    private readonly int[] _byteIds;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cacheCount;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        (_byteIds, var words) = parts.PreTokenizer.IsByteLevel ? ByteLevelTables(parts.Vocabulary) : ([], parts.Vocabulary.Ids);
        _words = words.GetAlternateLookup<ReadOnlySpan<char>>();
        VocabularySize = Math.Max(parts.Vocabulary.Tokens.Length, parts.Added.Select(a => a.Id + 1).DefaultIfEmpty(0).Max());
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>Loads a folder's tokenizer.json.</summary>
    /// <exception cref="ModelFormatException">The file is missing, broken, or uses a part that is not supported.</exception>
    public static Tokenizer Load(string modelFolder) => new(TokenizerParts.Read(Path.Combine(modelFolder, "tokenizer.json")));

    /// <inheritdoc/>
    public ImmutableArray<int> Encode(string text, bool addSpecialTokens, bool recogniseAddedTokens)
    {
        var ids = new IdList(text.Length / 3 + 8);
        if (addSpecialTokens) ids.AddRange(_parts.Prefix);
        if (recogniseAddedTokens) SplitAdded(text, _parts.RawAdded, normalized: false, ref ids);
        else EncodeNormalized(_parts.Normalizer.Apply(text), ref ids);
        if (addSpecialTokens) ids.AddRange(_parts.Suffix);
        return ids.ToImmutable();
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var decoder = new IncrementalDecoder(_parts.Decoder, skipSpecialTokens);
        foreach (var id in ids) decoder.Append(id);
        return decoder.Finish();
    }

    /// <inheritdoc/>
    public IIncrementalDecoder StartDecoding(bool skipSpecialTokens) => new IncrementalDecoder(_parts.Decoder, skipSpecialTokens);

    /// <summary>The id of a token as it is written in the file, added ones included; null where there is none.</summary>
    public int? TokenId(string token) => _parts.Added.FirstOrDefault(a => a.Content == token)?.Id ?? (_parts.Vocabulary.Ids.TryGetValue(token, out var id) ? id : null);

    /// <summary>Tokens that are matched raw are cut out first, then each stretch is normalised, then those that are matched normalised.</summary>
    private void SplitAdded(string text, AddedTokens tokens, bool normalized, ref IdList ids)
    {
        var from = 0;
        while (tokens.Find(text, from, out var start, out var end) is { } token)
        {
            EncodeStretch(text[from..start], normalized, ref ids);
            ids.Add(token.Id);
            from = end;
        }

        EncodeStretch(from == 0 ? text : text[from..], normalized, ref ids);
    }

    private void EncodeStretch(string text, bool normalized, ref IdList ids)
    {
        if (text.Length == 0) return;
        if (normalized) EncodeNormalized(text, ref ids);
        else SplitAdded(_parts.Normalizer.Apply(text), _parts.NormalizedAdded, normalized: true, ref ids);
    }

    private void EncodeNormalized(string text, ref IdList ids)
    {
        if (text.Length == 0) return;
        if (_parts.PreTokenizer.AddPrefixSpace && text[0] != ' ') text = " " + text;
        _parts.PreTokenizer.Split<IdList>(text, EncodePiece, ref ids);
    }

    private void EncodePiece(ReadOnlySpan<char> piece, ref IdList ids)
    {
        if (_cached.TryGetValue(piece, out var known)) ids.AddRange(known);
        else ids.AddRange(Remember(piece, Merge(piece)));
    }

    private int[] Remember(ReadOnlySpan<char> piece, int[] merged)
    {
        if (piece.Length <= 64 && _cacheCount < CacheLimit && _cached.TryAdd(piece, merged)) Interlocked.Increment(ref _cacheCount);
        return merged;
    }

    private int[] Merge(ReadOnlySpan<char> piece)
    {
        if (_parts.Vocabulary.IgnoreMerges && _words.TryGetValue(piece, out var whole)) return [whole];
        return _parts.PreTokenizer.IsByteLevel ? MergeBytes(piece) : MergeCharacters(piece);
    }

    private int[] MergeBytes(ReadOnlySpan<char> piece)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        var symbols = ArrayPool<int>.Shared.Rent(bytes.Length);
        try
        {
            var length = Encoding.UTF8.GetBytes(piece, bytes);
            var count = 0;
            for (var i = 0; i < length; i++)
                if (_byteIds[bytes[i]] is var id and >= 0) symbols[count++] = id;
            return symbols.AsSpan(0, BpeMerger.Merge(symbols.AsSpan(0, count), _parts.Vocabulary.Merges)).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<int>.Shared.Return(symbols);
        }
    }

    private int[] MergeCharacters(ReadOnlySpan<char> piece)
    {
        var symbols = new List<int>(piece.Length);
        Span<char> character = stackalloc char[2];
        Span<byte> bytes = stackalloc byte[4];
        var lastWasUnknown = false;
        foreach (var rune in piece.EnumerateRunes())
        {
            if (_words.TryGetValue(character[..rune.EncodeToUtf16(character)], out var id)) symbols.Add(id);
            else if (_parts.Vocabulary.ByteFallback && TryByteTokens(bytes[..rune.EncodeToUtf8(bytes)], symbols)) id = 0;
            else if (_parts.Vocabulary.UnknownId is { } unknown)
            {
                if (!lastWasUnknown || !_parts.Vocabulary.FuseUnknown) symbols.Add(unknown);
                lastWasUnknown = true;
                continue;
            }

            lastWasUnknown = false;
        }

        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(symbols);
        return span[..BpeMerger.Merge(span, _parts.Vocabulary.Merges)].ToArray();
    }

    private bool TryByteTokens(ReadOnlySpan<byte> bytes, List<int> symbols)
    {
        var before = symbols.Count;
        foreach (var b in bytes)
        {
            if (_parts.ByteTokens[b] is var id and >= 0) symbols.Add(id);
            else
            {
                symbols.RemoveRange(before, symbols.Count - before);
                return false;
            }
        }

        return true;
    }

    /// <summary>For byte-level vocabularies: the id of each single byte, and the ids of tokens that are text by themselves.</summary>
    private static (int[] ByteIds, Dictionary<string, int> Words) ByteLevelTables(BpeVocabulary vocabulary)
    {
        var byteIds = new int[256];
        Array.Fill(byteIds, -1);
        var words = new Dictionary<string, int>(vocabulary.IgnoreMerges ? vocabulary.Ids.Count : 0, StringComparer.Ordinal);
        foreach (var (token, id) in vocabulary.Ids)
        {
            if (!vocabulary.IgnoreMerges && token.Length > 1) continue;
            if (ByteAlphabet.Decode(token) is not { } bytes) continue;
            if (bytes.Length == 1) byteIds[bytes[0]] = id;
            if (vocabulary.IgnoreMerges && System.Text.Unicode.Utf8.IsValid(bytes)) words[Encoding.UTF8.GetString(bytes)] = id;
        }

        return (byteIds, words);
    }
}
