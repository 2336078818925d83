using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels;

/// <summary>8 counters at once.</summary>
internal readonly unsafe struct PhiloxLanes256 : IPhiloxLanes
{
    // In this order the transposition below, which works within 128 bits, leaves the words in the order of the vocabulary.
    private static readonly Vector256<uint> Order = Vector256.Create(0u, 2u, 4u, 6u, 1u, 3u, 5u, 7u);

    public static int Words => 32;

    public static void Complements(uint counter, uint position, uint k0, uint k1, float* to)
    {
        var c0 = Vector256.Create(counter) + Order;
        var (c1, c2, c3) = (Vector256.Create(position), Vector256<uint>.Zero, Vector256<uint>.Zero);
        var (m0, m1) = (Vector256.Create(Philox.Multiplier0), Vector256.Create(Philox.Multiplier1));
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var (high0, low0) = Multiply(c0, m0);
            var (high1, low1) = Multiply(c2, m1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector256.Create(k0), low1, high0 ^ c3 ^ Vector256.Create(k1), low0);
            k0 += Philox.Weyl0;
            k1 += Philox.Weyl1;
        }

        var (a, b) = (Avx2.UnpackLow(c0, c1).AsUInt64(), Avx2.UnpackLow(c2, c3).AsUInt64());
        var (c, d) = (Avx2.UnpackHigh(c0, c1).AsUInt64(), Avx2.UnpackHigh(c2, c3).AsUInt64());
        Complement(Avx2.UnpackLow(a, b).AsUInt32()).Store(to);
        Complement(Avx2.UnpackHigh(a, b).AsUInt32()).Store(to + 8);
        Complement(Avx2.UnpackLow(c, d).AsUInt32()).Store(to + 16);
        Complement(Avx2.UnpackHigh(c, d).AsUInt32()).Store(to + 24);
    }

    /// <summary>Upper and lower half of each 64-bit product: even elements in one multiplication, odd ones in another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> High, Vector256<uint> Low) Multiply(Vector256<uint> values, Vector256<uint> multiplier)
    {
        var upper = Vector256.Create(0xFFFFFFFF00000000ul);
        var even = Avx2.Multiply(values, multiplier);
        var odd = Avx2.Multiply((values.AsUInt64() >> 32).AsUInt32(), multiplier);
        return (((even >> 32) | (odd & upper)).AsUInt32(), (Vector256.AndNot(even, upper) | (odd << 32)).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Complement(Vector256<uint> words)
    {
        var whole = Vector256.ConvertToSingle((Vector256.Create(1u << 23) - (words >> 9)).AsInt32());
        return (whole - Vector256.Create(0.5f)) * Vector256.Create(1f / (1 << 23));
    }
}
