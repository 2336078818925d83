using System.Runtime.Intrinsics.X86;

namespace Rollouts.Kernels.Tests;

/// <summary>The race against the definition, entry by entry, over odd sizes, flat and steep rows, dropped entries and ties.</summary>
public unsafe class GumbelMaxTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_AnyRow_IsTheDefinition(bool wide)
    {
        Assert.SkipUnless(!wide || Avx512F.IsSupported, "no AVX-512 here");
        var random = new Random(7);
        for (var trial = 0; trial < 400; trial++)
        {
            var length = 1 + random.Next(trial % 10 == 0 ? 5000 : 200);
            var spread = new[] { 0f, 0.1f, 5f, 60f }[trial % 4];
            float[] logits = [.. Enumerable.Range(0, length).Select(_ => random.Next(5) == 0 ? float.NegativeInfinity : random.NextSingle() * spread)];
            logits[random.Next(length)] = spread / 2;
            var (scale, row) = (0.3f + random.NextSingle() * 2, new SamplingRow { KeyLow = (uint)random.Next(), KeyHigh = (uint)random.Next(), Position = random.Next(1000) });

            int drawn;
            fixed (float* first = logits)
                drawn = wide ? GumbelMax.Draw<Lanes512, PhiloxLanes512>(first, length, scale, row) : GumbelMax.Draw<Lanes256, PhiloxLanes256>(first, length, scale, row);

            drawn.ShouldBe(Definition(logits, scale, row), $"trial {trial}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Complements_AnyCounter_AreThoseOfTheWords(bool wide)
    {
        Assert.SkipUnless(!wide || Avx512F.IsSupported, "no AVX-512 here");
        var complements = stackalloc float[64];
        if (wide) PhiloxLanes512.Complements(1000, 77, 5, 6, complements);
        else PhiloxLanes256.Complements(1000, 77, 5, 6, complements);

        for (var i = 0; i < (wide ? 64 : 32); i++)
        {
            var words = Philox.Words(1000 + (uint)i / 4, 77, 0, 0, 5, 6);
            var word = new[] { words.W0, words.W1, words.W2, words.W3 }[i % 4];
            ((double)complements[i]).ShouldBe(1 - ((word >> 9) + 0.5) / (1 << 23));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(5001)]
    public void LogSumExp_AnyRow_IsTheDefinition(int length)
    {
        var random = new Random(8);
        float[] logits = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 30 - 15)];

        Logits.LogSumExp(logits, 0.7f).ShouldBe((float)Math.Log(logits.Sum(l => Math.Exp(0.7 * l))), 2e-6f);
    }

    private static int Definition(float[] logits, float scale, SamplingRow row)
    {
        var (best, token) = (float.NegativeInfinity, Array.FindIndex(logits, l => l > float.NegativeInfinity));
        for (var v = 0; v < logits.Length; v++)
        {
            var words = Philox.Words((uint)v / 4, (uint)row.Position, 0, 0, row.KeyLow, row.KeyHigh);
            var noisy = logits[v] * scale + Philox.Gumbel(new[] { words.W0, words.W1, words.W2, words.W3 }[v % 4]);
            if (noisy > best) (best, token) = (noisy, v);
        }

        return token;
    }
}
