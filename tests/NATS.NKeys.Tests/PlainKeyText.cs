using System.Numerics;

namespace NATS.NKeys.Tests;

/// <summary>The notation of NATS keys written out plainly: one big number in base 32, the checksum as a polynomial division.</summary>
internal static class PlainKeyText
{
    public static string Seed(byte prefix, byte[] seed) => Sealed([(byte)(0b10010_000 | (prefix >> 5)), (byte)(prefix << 3), .. seed]);

    public static string PublicKey(byte prefix, byte[] key) => Sealed([prefix, .. key]);

    /// <summary>Base32 of the bytes with their checksum behind them.</summary>
    public static string Sealed(byte[] bytes)
    {
        var checksum = Remainder(bytes);
        return Base32([.. bytes, (byte)checksum, (byte)(checksum >> 8)]);
    }

    public static string Base32(byte[] bytes)
    {
        var numLetters = (int)Math.Ceiling(bytes.Length * 8 / 5.0);
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true) << (numLetters * 5 - bytes.Length * 8);
        return string.Concat(Enumerable.Range(1, numLetters).Select(k => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(int)((number >> (5 * (numLetters - k))) & 31)]));
    }

    /// <summary>The bytes as a polynomial over bits, times x^16, modulo x^16 + x^12 + x^5 + 1.</summary>
    public static int Remainder(byte[] bytes)
    {
        var dividend = new BigInteger(bytes, isUnsigned: true, isBigEndian: true) << 16;
        for (var bit = bytes.Length * 8 + 15; bit >= 16; bit--)
            if (((dividend >> bit) & 1) == 1) dividend ^= new BigInteger(0x11021) << (bit - 16);
        return (int)dividend;
    }
}
