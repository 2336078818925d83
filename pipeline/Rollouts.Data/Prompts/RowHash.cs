using System.Security.Cryptography;

namespace Rollouts.Data;

/// <summary>The hash part of a row's own id.</summary>
internal static class RowHash
{
    /// <summary>First 8 bytes of SHA-256, in lower-case hex.</summary>
    public static string Of(ReadOnlySpan<byte> row)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(row, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }
}
