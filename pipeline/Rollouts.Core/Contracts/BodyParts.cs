using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rollouts;

/// <summary>Cuts a body into messages of a largest size. A small body is one message, as it is; a part says which it is, of how many, and of what.</summary>
/// <remarks>A part: <c>RPT1</c>; index, parts, bytes of the whole body (int32 each, little-endian); SHA-256 of the whole body; its share of the bytes, in order.</remarks>
public static class BodyParts
{
    /// <summary>Bytes that a part has beside its share.</summary>
    public const int HeaderBytes = 16 + SHA256.HashSizeInBytes;

    /// <summary>The most parts of a body.</summary>
    public const int MaxParts = 1 << 16;

    internal static ReadOnlySpan<byte> Magic => "RPT1"u8;

    /// <summary>Whether a message is a part, and no whole body.</summary>
    public static bool IsPart(ReadOnlySpan<byte> message) => message.StartsWith(Magic);

    /// <summary>The messages of a body.</summary>
    /// <param name="maxBytes">Of a message, more than <see cref="HeaderBytes"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Messages of this size are too small for the body.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxBytes, HeaderBytes);
        if (body.Length <= maxBytes) return [body];
        var share = maxBytes - HeaderBytes;
        var count = (int)(((long)body.Length + share - 1) / share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxParts, nameof(maxBytes));

        var digest = SHA256.HashData(body.Span);
        var parts = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++) parts[i] = Part(i, body, share, count, digest);
        return parts;
    }

    private static byte[] Part(int index, ReadOnlyMemory<byte> body, int share, int count, byte[] digest)
    {
        var start = index * share;
        var bytes = body.Span[start..(int)Math.Min((long)start + share, body.Length)];
        var part = new byte[HeaderBytes + bytes.Length];
        Magic.CopyTo(part);
        BinaryPrimitives.WriteInt32LittleEndian(part.AsSpan(4), index);
        BinaryPrimitives.WriteInt32LittleEndian(part.AsSpan(8), count);
        BinaryPrimitives.WriteInt32LittleEndian(part.AsSpan(12), body.Length);
        digest.CopyTo(part, 16);
        bytes.CopyTo(part.AsSpan(HeaderBytes));
        return part;
    }
}
