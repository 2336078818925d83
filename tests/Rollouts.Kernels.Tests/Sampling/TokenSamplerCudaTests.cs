using System.Runtime.InteropServices;

namespace Rollouts.Kernels.Tests;

/// <summary>The GPU's sampler against the CPU's, which is tested against the definition: the same tokens from the same noise.</summary>
[Collection(KernelDeviceCollection.Name)]
public sealed class TokenSamplerCudaTests(KernelDevices devices)
{
    public static TheoryData<ElementType> Types => [ElementType.Float32, ElementType.BFloat16, ElementType.Float16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Draw_RowsOfEveryKind_AreTheTokensOfTheCpu(ElementType type)
    {
        foreach (var device in devices.All)
        {
            using var problem = new SamplingProblem(device, type, vocabulary: 203, seed: 3);
            foreach (var kind in SamplingProblem.Kinds.Where((_, i) => type == ElementType.Float32 || i % 3 == 2)) problem.Add(kind);

            problem.RunAndCompare();
        }
    }

    [Fact]
    public void Draw_ManyRowsOnAGpu_AreTheTokensOfTheCpu()
    {
        var gpu = devices.NeedGpu();
        foreach (var (vocabulary, spread) in new[] { (128_256, 3f), (151_936, 20f), (49_152, 0.2f), (2_000, 3f) })
        {
            using var problem = new SamplingProblem(gpu, ElementType.Float32, vocabulary, 4, spread);
            for (var i = 0; i < 3; i++)
                foreach (var kind in SamplingProblem.Kinds) problem.Add(kind);

            problem.RunAndCompare();
        }
    }

    [Fact]
    public void Draw_Ties_TakeTheLowestIndex()
    {
        foreach (var device in devices.All)
        {
            using var problem = new SamplingProblem(device, ElementType.Float32, vocabulary: 177, seed: 5, spread: 0);
            problem.Add(new SamplingRow { TopP = 1 });
            // Equal probabilities: the nucleus is the first half of the entries, top_k keeps all that tie.
            problem.Add(new SamplingRow { Temperature = 1, TopP = 0.5f, KeyLow = 3, ProcessedLogProb = true });
            problem.Add(new SamplingRow { Temperature = 1, TopP = 1, TopK = 5, KeyLow = 4, ProcessedLogProb = true });

            var drawn = problem.RunAndCompare();

            drawn[0].Token.ShouldBe(0);
            drawn[1].Token.ShouldBeLessThan(89);
            drawn[1].LogProb.ShouldBe(-(float)Math.Log(89), 1e-4f);
            drawn[2].LogProb.ShouldBe(-(float)Math.Log(177), 1e-4f);
        }
    }

    [Fact]
    public void Draw_200TimesOnAGpu_GivesTheSameBits()
    {
        var gpu = devices.NeedGpu();
        using var problem = new SamplingProblem(gpu, ElementType.Float32, 128_256, 6);
        for (var i = 0; i < 8; i++)
            foreach (var kind in SamplingProblem.Kinds) problem.Add(kind);
        var first = problem.Run();
        for (var i = 0; i < 200; i++) problem.Run().ShouldBe(first, $"run {i}");
    }

    [Fact]
    public void DeviceSamplingRow_Layout_IsThatOfTheKernels()
    {
        Marshal.SizeOf<DeviceSamplingRow>().ShouldBe(80);
        ((int)Marshal.OffsetOf<DeviceSamplingRow>(nameof(DeviceSamplingRow.Counts))).ShouldBe(48);
        ((int)Marshal.OffsetOf<DeviceSamplingRow>(nameof(DeviceSamplingRow.NumTop))).ShouldBe(44);
        ((int)Marshal.OffsetOf<DeviceSamplingRow>(nameof(DeviceSamplingRow.Given))).ShouldBe(72);
    }
}
