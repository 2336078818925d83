using System.Buffers.Binary;
using System.Security.Cryptography;

namespace NATS.NKeys;

/// <summary>
/// Keys as NATS writes them: base32 of prefix, 32 bytes and a little-endian CRC-16 of both. A public key's prefix is one byte; a seed's is two:
/// the five bits of S, the five bits of whom it is for, and six zeros, so that it begins with two readable letters (SU, SA, SO).
/// </summary>
internal static class KeyText
{
    /// <summary>Bytes of an Ed25519 seed, and of its public key.</summary>
    public const int NumKeyBytes = 32;

    private const int SeedMark = 18 << 3;
    private const int NumCrcBytes = 2;
    private const int NumSeedBytes = 2 + NumKeyBytes + NumCrcBytes;

    /// <summary>The text of a public key: 56 letters.</summary>
    public static string OfPublicKey(PrefixByte prefix, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = [(byte)prefix, .. key, 0, 0];
        return Seal(bytes);
    }

    /// <summary>The text of a seed: 58 letters. A secret.</summary>
    public static string OfSeed(PrefixByte prefix, ReadOnlySpan<byte> seed)
    {
        Span<byte> bytes = stackalloc byte[NumSeedBytes];
        bytes[0] = (byte)(SeedMark | ((byte)prefix >> 5));
        bytes[1] = (byte)((byte)prefix << 3);
        seed.CopyTo(bytes[2..]);
        var text = Seal(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }

    /// <summary>Reads a seed's text.</summary>
    /// <param name="seed">Gets the 32 bytes.</param>
    /// <exception cref="NKeysException">The text is no seed.</exception>
    public static PrefixByte ReadSeed(ReadOnlySpan<char> text, Span<byte> seed)
    {
        Span<byte> bytes = stackalloc byte[NumSeedBytes];
        try
        {
            var prefix = Open(text, bytes);
            bytes.Slice(2, NumKeyBytes).CopyTo(seed);
            return prefix;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static PrefixByte Open(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var numLetters = Base32.EncodedLength(bytes.Length);
        if (text.Length != numLetters) throw new NKeysException($"A seed has {numLetters} letters, this text has {text.Length}.");
        if (!Base32.TryDecode(text, bytes)) throw new NKeysException("A seed is base32 (A to Z, 2 to 7), this text is not.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[^NumCrcBytes..]) != Crc16.Of(bytes[..^NumCrcBytes]))
            throw new NKeysException("The seed's checksum does not fit: a letter is wrong.");
        var prefix = (PrefixByte)((bytes[0] << 5) | (bytes[1] >> 3));
        if ((bytes[0] & 0xF8) != SeedMark || (bytes[1] & 7) != 0) throw new NKeysException("A seed begins with S, this text is another kind of key.");
        if (!Enum.IsDefined(prefix)) throw new NKeysException("The seed is for none of account, cluster, server, operator and user.");
        return prefix;
    }

    private static string Seal(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[^NumCrcBytes..], Crc16.Of(bytes[..^NumCrcBytes]));
        Span<char> letters = stackalloc char[Base32.EncodedLength(bytes.Length)];
        Base32.Encode(bytes, letters);
        var text = letters.ToString();
        letters.Clear();
        return text;
    }
}
