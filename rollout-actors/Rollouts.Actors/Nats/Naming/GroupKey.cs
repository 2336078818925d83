using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rollouts.Actors.Nats;

/// <summary>A group's name in subjects: the first 16 bytes of SHA-256 over purpose (one byte, 0 train, 1 eval), epoch (int32, little-endian) and prompt id (UTF-8), in hex.</summary>
/// <param name="Bits">Those 16 bytes, the first one highest.</param>
public readonly record struct GroupKey(UInt128 Bits)
{
    private const int Digits = 32;

    /// <summary>The key of a group.</summary>
    public static GroupKey Of(GroupId group)
    {
        var prompt = group.Prompt.Value;
        var bytes = new byte[5 + Encoding.UTF8.GetByteCount(prompt)];
        bytes[0] = (byte)(group.Purpose == Purpose.Train ? 0 : 1);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), group.Epoch);
        Encoding.UTF8.GetBytes(prompt, bytes.AsSpan(5));
        return new GroupKey(BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(bytes)));
    }

    /// <summary>The key that a subject ends with; null where it ends with something else.</summary>
    public static GroupKey? Parse(ReadOnlySpan<char> subject)
    {
        var last = subject[(subject.LastIndexOf('.') + 1)..];
        return last.Length == Digits && !last.ContainsAnyExcept("0123456789abcdef") ? new GroupKey(UInt128.Parse(last, NumberStyles.HexNumber, CultureInfo.InvariantCulture)) : null;
    }

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => Bits.ToString("x32", CultureInfo.InvariantCulture);
}
