namespace NATS.NKeys;

/// <summary>Base32 of RFC 4648 (A to Z, 2 to 7), without padding.</summary>
internal static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Letters that <paramref name="numBytes"/> bytes take.</summary>
    public static int EncodedLength(int numBytes) => (numBytes * 8 + 4) / 5;

    /// <summary>Writes <see cref="EncodedLength"/> letters.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> letters)
    {
        var (bits, numBits, next) = (0, 0, 0);
        foreach (var value in bytes)
        {
            bits = (bits << 8) | value;
            for (numBits += 8; numBits >= 5; numBits -= 5) letters[next++] = Alphabet[(bits >> (numBits - 5)) & 31];
            bits &= 31;
        }

        if (numBits > 0) letters[next] = Alphabet[(bits << (5 - numBits)) & 31];
    }

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    /// <returns>False where the letters are too many or too few, one of them is none of the alphabet, or a bit behind the last byte is set (two spellings of one key).</returns>
    public static bool TryDecode(ReadOnlySpan<char> letters, Span<byte> bytes)
    {
        if (letters.Length != EncodedLength(bytes.Length)) return false;
        var (bits, numBits, next) = (0, 0, 0);
        foreach (var letter in letters)
        {
            var value = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (value < 0) return false;
            bits = (bits << 5) | value;
            numBits += 5;
            if (numBits < 8) continue;
            numBits -= 8;
            bytes[next++] = (byte)(bits >> numBits);
            bits &= (1 << numBits) - 1;
        }

        return bits == 0;
    }
}
