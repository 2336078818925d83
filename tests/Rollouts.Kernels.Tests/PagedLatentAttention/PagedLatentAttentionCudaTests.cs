namespace Rollouts.Kernels.Tests;

/// <summary>The GPU's attention over latent rows, against softmax over the whole sequence in double.</summary>
[Collection(KernelDeviceCollection.Name)]
public class PagedLatentAttentionCudaTests(KernelDevices devices)
{
    public static TheoryData<ElementType, int, int, int, int, int[]> Shapes => new()
    {
        { ElementType.BFloat16, 512, 64, 16, 0, [37] },
        { ElementType.Float16, 512, 64, 18, 20, [260] },
        { ElementType.Float32, 512, 64, 3, 0, [40, 5] },
        { ElementType.Float32, 32, 8, 4, 0, [530] },
        { ElementType.BFloat16, 64, 16, 2, 0, [33] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attend_OddShapes_IsDenseAttention(ElementType type, int latent, int rotary, int heads, int window, int[] lengths)
    {
        foreach (var device in devices.All) Check(device, type, latent, rotary, heads, window, lengths, 1);
    }

    [Fact]
    public void Attend_ManyShapesOnAGpu_IsDenseAttention()
    {
        var gpu = devices.NeedGpu();
        var random = new Random(12);
        for (var trial = 0; trial < 40; trial++)
        {
            int[] lengths = [.. Enumerable.Range(0, 5).Select(_ => new[] { 1 + random.Next(40), 1 + random.Next(1200), 255 + random.Next(3),
                511 + random.Next(3) }[random.Next(4)])];
            var (latent, rotary) = trial % 4 == 3 ? (8 * (1 + random.Next(64)), 8 * (1 + random.Next(8))) : (512, 64);
            Check(gpu, (ElementType)random.Next(3), latent, rotary, 1 + random.Next(40), trial % 5 == 0 ? 1 + random.Next(400) : 0, lengths,
                random.Next());
        }
    }

    [Fact]
    public void Attend_200TimesOnAGpu_GivesTheSameBits()
    {
        using var problem = new LatentProblem(devices.NeedGpu(), ElementType.BFloat16, 512, 64, 16, 0, [.. Enumerable.Range(0,
            64).Select(i => 100 + i * 20)], 5);
        var first = problem.Run();
        for (var i = 0; i < 200; i++) problem.Run().SequenceEqual(first).ShouldBeTrue($"run {i}");
    }

    private static void Check(KernelDevice device, ElementType type, int latent, int rotary, int heads, int window, int[] lengths, int seed)
    {
        using var problem = new LatentProblem(device, type, latent, rotary, heads, window, lengths, seed);

        problem.Run();

        problem.Output.ShouldBe(problem.Expected(), type switch { ElementType.Float32 => 5e-6, ElementType.Float16 => 3e-3, _ => 1.5e-2 },
            $"{device.GetType().Name} {type} {latent} + {rotary}, {heads} heads, window {window}, lengths {string.Join(' ', lengths)}");
    }
}
