using System.Runtime.InteropServices;

namespace Rollouts.Kernels.Tests;

/// <summary>The likeliest tokens of a row, and the log-probability of a given one, against the CPU's.</summary>
[Collection(KernelDeviceCollection.Name)]
public sealed class TopTokensCudaTests(KernelDevices devices)
{
    [Theory]
    [InlineData(203, 3, 4f, ElementType.Float32)]
    [InlineData(1000, 2, 0f, ElementType.Float32)]
    [InlineData(777, 32, 2f, ElementType.BFloat16)]
    public void FindTop_AnyRow_AreTheTokensOfTheCpu(int vocabulary, int wanted, float spread, ElementType type)
    {
        foreach (var device in devices.All) ShouldBeTheCpus(device, vocabulary, wanted, spread, type);
    }

    [Theory]
    [InlineData(128_256, 20, 3f)]
    [InlineData(151_936, 32, 0.01f)]
    public void FindTop_WholeVocabularies_AreTheTokensOfTheCpu(int vocabulary, int wanted, float spread) =>
        ShouldBeTheCpus(devices.NeedGpu(), vocabulary, wanted, spread, ElementType.BFloat16);

    [Fact]
    public void Draw_AGivenToken_TellsItsLogProbability()
    {
        foreach (var device in devices.All)
        {
            const int Vocabulary = 205;
            using var logits = Logits(device, ElementType.Float32, Vocabulary, 3, 3f);
            DeviceSamplingRow[] rows = [DeviceSamplingRow.Scored(0), DeviceSamplingRow.Scored(204), DeviceSamplingRow.Scored(77)];
            using var settings = DeviceOperand.Integers(device, [.. MemoryMarshal.Cast<DeviceSamplingRow, int>(rows)]);
            using var positions = DeviceOperand.Integers(device, [0, 0, 0]);
            using var tokens = DeviceOperand.Integers(device, [-1, -1, -1]);
            using var logProbs = DeviceOperand.Poisoned(device, ElementType.Float32, 3);
            using var scratch = DeviceOperand.Zeros(device, TokenSampler.ScratchBytes(3, Vocabulary));

            TokenSampler.Draw(device, new SampledRows(3, logits.Address, ElementType.Float32, Vocabulary, 208, settings.Address, positions.Address, tokens.Address, logProbs.Address, scratch.Address), true);

            tokens.Integers().ShouldBe([0, 204, 77]);
            var (values, stored) = (logProbs.Values(), logits.Values());
            for (var row = 0; row < 3; row++) values[row].ShouldBe(new LogProbabilities(stored.AsSpan(row * 208, Vocabulary), 1).Of(rows[row].Given - 1), 1e-4f);
        }
    }

    private static void ShouldBeTheCpus(KernelDevice device, int vocabulary, int wanted, float spread, ElementType type)
    {
        var stride = (vocabulary + 7) / 8 * 8;
        using var logits = Logits(device, type, vocabulary, 3, spread);
        DeviceSamplingRow[] rows = [DeviceSamplingRow.Greedy with { NumTop = wanted }, DeviceSamplingRow.Greedy, DeviceSamplingRow.Greedy with { NumTop = 1 }];
        using var settings = DeviceOperand.Integers(device, [.. MemoryMarshal.Cast<DeviceSamplingRow, int>(rows)]);
        using var tokens = DeviceOperand.Integers(device, [.. Enumerable.Repeat(-7, 3 * TokenSampler.MaxTop)]);
        using var logProbs = DeviceOperand.Poisoned(device, ElementType.Float32, 3 * TokenSampler.MaxTop);

        TokenSampler.FindTop(device, new SampledRows(3, logits.Address, type, vocabulary, stride, settings.Address, 0, 0, 0, 0), tokens.Address, logProbs.Address);

        var (found, values, stored) = (tokens.Integers(), logProbs.Values(), logits.Values());
        for (var row = 0; row < 3; row++)
        {
            var (expected, expectedLogProbs) = (new int[rows[row].NumTop], new float[rows[row].NumTop]);
            if (expected.Length > 0) new LogProbabilities(stored.AsSpan(row * stride, vocabulary), 1).Top(expected, expectedLogProbs);
            found.AsSpan(row * TokenSampler.MaxTop, expected.Length).ToArray().ShouldBe(expected);
            for (var k = 0; k < expected.Length; k++) values[row * TokenSampler.MaxTop + k].ShouldBe(expectedLogProbs[k], 5e-5f * Math.Max(1, Math.Abs(expectedLogProbs[k])));
        }

        found[TokenSampler.MaxTop].ShouldBe(-7);
    }

    private static DeviceOperand Logits(KernelDevice device, ElementType type, int vocabulary, int rows, float spread)
    {
        var (random, stride) = (new Random(vocabulary), (vocabulary + 7) / 8 * 8);
        return DeviceOperand.Of(device, type, [.. Enumerable.Range(0, rows * stride).Select(i => i % stride < vocabulary ? (random.NextSingle() * 2 - 1) * spread : float.NaN)]);
    }
}
