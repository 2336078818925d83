using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rollouts;

/// <summary>The Philox key of one rollout: its noise depends on no batch, actor, transport or restart.</summary>
/// <param name="Low">First word of the key.</param>
/// <param name="High">Second word of the key.</param>
/// <remarks>First 8 bytes of SHA-256(seed int64, purpose byte, epoch int32, sibling int32, prompt id UTF-8), all little-endian.</remarks>
public readonly record struct NoiseKey(uint Low, uint High)
{
    private const int HeadBytes = 8 + 1 + 4 + 4;

    /// <summary>The key of a rollout under a seed.</summary>
    public static NoiseKey For(long seed, RolloutId id)
    {
        var prompt = id.Group.Prompt.Value;
        var length = HeadBytes + Encoding.UTF8.GetByteCount(prompt);
        Span<byte> message = length <= 512 ? stackalloc byte[length] : new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(message, seed);
        message[8] = (byte)id.Group.Purpose;
        BinaryPrimitives.WriteInt32LittleEndian(message[9..], id.Group.Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(message[13..], id.Sibling);
        Encoding.UTF8.GetBytes(prompt, message[HeadBytes..]);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return new NoiseKey(BinaryPrimitives.ReadUInt32LittleEndian(hash), BinaryPrimitives.ReadUInt32LittleEndian(hash[4..]));
    }
}
