namespace Rollouts.Kernels.Tests;

public class PhiloxTests
{
    // Random123's own known answers for philox4x32-10 (kat_vectors).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Words_KnownCounters_GiveKnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint w0, uint w1, uint w2, uint w3) =>
        Philox.Words(c0, c1, c2, c3, k0, k1).ShouldBe((w0, w1, w2, w3));

    [Fact]
    public void Gumbel_LargestAndSmallestWords_AreFinite()
    {
        Philox.Gumbel(uint.MaxValue).ShouldBe(16.6355f, 1e-3f);
        Philox.Gumbel(0).ShouldBe(-2.81154f, 1e-4f);
    }
}
