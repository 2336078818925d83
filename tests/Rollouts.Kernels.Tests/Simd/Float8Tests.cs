namespace Rollouts.Kernels.Tests;

/// <summary>All 256 numbers of e4m3.</summary>
public unsafe class Float8Tests
{
    [Fact]
    public void Decode_AllNumbers_FollowTheFormat()
    {
        for (var bits = 0; bits < 256; bits++)
        {
            var (sign, exponent, mantissa) = (bits >> 7 == 1 ? -1.0 : 1.0, (bits >> 3) & 15, bits & 7);
            var expected = exponent == 15 && mantissa == 7 ? double.NaN : sign * (exponent == 0 ? mantissa / 8.0 * Math.Pow(2, -6) : (1 + mantissa / 8.0) * Math.Pow(2, exponent - 7));
            ((double)Float8.Decode((byte)bits)).ShouldBe(expected);
        }

        Float8.Decode(0x7E).ShouldBe(448);
    }

    [Fact]
    public void Dequantise_Elements_AreScaled()
    {
        byte[] from = [0x38, 0xB8, 0x7E, 0x00, 0x01];
        var to = new float[5];

        fixed (byte* f = from)
        fixed (float* t = to) Float8.Dequantise(f, 0.5f, t, 5);

        to.ShouldBe([0.5f, -0.5f, 224, 0, MathF.ScaleB(1, -10)]);
    }
}
