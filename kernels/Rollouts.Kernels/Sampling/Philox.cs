using System.Runtime.CompilerServices;

namespace Rollouts.Kernels;

/// <summary>Philox4x32-10: a counter and a key to four random words, the same on every machine and device.</summary>
/// <remarks>Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3; constants as in Random123.</remarks>
public static class Philox
{
    internal const int Rounds = 10;
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9;
    internal const uint Weyl1 = 0xBB67AE85;

    /// <summary>The four words of a counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint W0, uint W1, uint W2, uint W3) Words(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (p0, p1) = ((ulong)Multiplier0 * c0, (ulong)Multiplier1 * c2);
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Gumbel noise of a word: -log(-log(u)) with u = ((w >> 9) + 0.5) * 2^-23 (more bits would round to 1.0).</summary>
    public static float Gumbel(uint word)
    {
        var u = ((word >> 9) + 0.5) * (1.0 / (1 << 23));
        return (float)-Math.Log(-Math.Log(u));
    }
}
