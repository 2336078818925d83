using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;
using Rollouts.Kernels.Cuda;

namespace Rollouts.Kernels;

/// <summary>The noise of <see cref="Philox"/> in kernels: the same words, and Gumbel noise within 1e-6.</summary>
internal static class DeviceNoise
{
    private const string Round = "mul.wide.u32 a, %0, 0xD2511F53; mul.wide.u32 b, %2, 0xCD9E8D57; mov.b64 {l0,h0}, a; mov.b64 {l1,h1}, b; "
        + "xor.b32 h1, h1, %1; xor.b32 h0, h0, %3; xor.b32 %0, h1, k0; mov.b32 %1, l1; xor.b32 %2, h0, k1; mov.b32 %3, l0; ";

    private const string Next = "add.u32 k0, k0, 0x9E3779B9; add.u32 k1, k1, 0xBB67AE85; ";

    private const string TenRounds = "{ .reg .b64 a, b; .reg .b32 l0, h0, l1, h1, k0, k1; mov.b32 k0, %4; mov.b32 k1, %5; " + Round + Next + Round + Next + Round + Next
        + Round + Next + Round + Next + Round + Next + Round + Next + Round + Next + Round + Next + Round + "}";

    /// <summary>Words of four vocabulary entries, from <paramref name="counter"/> * 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words4 Words(uint counter, uint position, uint keyLow, uint keyHigh)
    {
        if (!CudaAsm.IsSupported) return Simulate(counter, position, keyLow, keyHigh);
        Ref<uint> x = counter, y = position, z = 0u, w = 0u;
        Input<uint> low = keyLow, high = keyHigh;
        CudaAsm.EmitRef(TenRounds, ref x, ref y, ref z, ref w, ref low, ref high);
        return new Words4 { X = x.Value, Y = y.Value, Z = z.Value, W = w.Value };
    }

    /// <summary>
    /// -log(-log(u)), u = ((w >> 9) + 0.5) * 2^-23. Near 1, where the winners lie and <c>lg2.approx</c> has no relative accuracy, -log(u) is a series in 1 - u,
    /// which the word gives exactly.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Gumbel(uint word)
    {
        const float Unit = 1f / (1 << 23);
        int index = (int)(word >> 9);
        float u = (index + 0.5f) * Unit, v = ((1 << 23) - 1 - index + 0.5f) * Unit;
        float series = v * (1 + v * (1f / 2 + v * (1f / 3 + v * (1f / 4 + v * (1f / 5 + v * (1f / 6 + v * (1f / 7)))))));
        float exponential = v < 0.125f ? series : -DeviceMath.Ln2 * DeviceMath.Log2(u);
        return -DeviceMath.Ln2 * DeviceMath.Log2(exponential);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Words4 Simulate(uint counter, uint position, uint keyLow, uint keyHigh)
    {
        var (x, y, z, w) = Philox.Words(counter, position, 0, 0, keyLow, keyHigh);
        return new Words4 { X = x, Y = y, Z = z, W = w };
    }
}
