using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

/// <summary>16 counters at once.</summary>
internal readonly unsafe struct PhiloxLanes512 : IPhiloxLanes
{
    // In this order the transposition below, which works within 128 bits, leaves the words in the order of the vocabulary.
    private static readonly Vector512<uint> Order = Vector512.Create(0u, 4u, 8u, 12u, 1u, 5u, 9u, 13u, 2u, 6u, 10u, 14u, 3u, 7u, 11u, 15u);

    public static int Words => 64;

    public static void Complements(uint counter, uint position, uint k0, uint k1, float* to)
    {
        var c0 = Vector512.Create(counter) + Order;
        var (c1, c2, c3) = (Vector512.Create(position), Vector512<uint>.Zero, Vector512<uint>.Zero);
        var (m0, m1) = (Vector512.Create(Philox.Multiplier0), Vector512.Create(Philox.Multiplier1));
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var (high0, low0) = Multiply(c0, m0);
            var (high1, low1) = Multiply(c2, m1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector512.Create(k0), low1, high0 ^ c3 ^ Vector512.Create(k1), low0);
            k0 += Philox.Weyl0;
            k1 += Philox.Weyl1;
        }

        var (a, b) = (Avx512F.UnpackLow(c0, c1).AsUInt64(), Avx512F.UnpackLow(c2, c3).AsUInt64());
        var (c, d) = (Avx512F.UnpackHigh(c0, c1).AsUInt64(), Avx512F.UnpackHigh(c2, c3).AsUInt64());
        Complement(Avx512F.UnpackLow(a, b).AsUInt32()).Store(to);
        Complement(Avx512F.UnpackHigh(a, b).AsUInt32()).Store(to + 16);
        Complement(Avx512F.UnpackLow(c, d).AsUInt32()).Store(to + 32);
        Complement(Avx512F.UnpackHigh(c, d).AsUInt32()).Store(to + 48);
    }

    /// <summary>Upper and lower half of each 64-bit product: even elements in one multiplication, odd ones in another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> High, Vector512<uint> Low) Multiply(Vector512<uint> values, Vector512<uint> multiplier)
    {
        var upper = Vector512.Create(0xFFFFFFFF00000000ul);
        var even = Avx512F.Multiply(values, multiplier);
        var odd = Avx512F.Multiply((values.AsUInt64() >> 32).AsUInt32(), multiplier);
        return (((even >> 32) | (odd & upper)).AsUInt32(), (Vector512.AndNot(even, upper) | (odd << 32)).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Complement(Vector512<uint> words)
    {
        var whole = Vector512.ConvertToSingle((Vector512.Create(1u << 23) - (words >> 9)).AsInt32());
        return (whole - Vector512.Create(0.5f)) * Vector512.Create(1f / (1 << 23));
    }
}
