using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Rollouts.Engine;

/// <summary>Names a full block by all tokens up to its end and the policy version that computed them: a chain, so that equal hashes mean equal beginnings.</summary>
internal readonly record struct BlockHash(ulong Low, ulong High)
{
    private const int HeadBytes = 8 + 8 + 4;

    /// <summary>The hash of a block after another.</summary>
    public static BlockHash Of(BlockHash previous, ReadOnlySpan<int> tokens, PolicyVersion version)
    {
        Span<byte> message = stackalloc byte[HeadBytes + tokens.Length * sizeof(int)];
        BinaryPrimitives.WriteUInt64LittleEndian(message, previous.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(message[8..], previous.High);
        BinaryPrimitives.WriteInt32LittleEndian(message[16..], version.Value);
        MemoryMarshal.AsBytes(tokens).CopyTo(message[HeadBytes..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return new BlockHash(BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }
}
